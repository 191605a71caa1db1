import { LoaderCircle, type LucideIcon } from 'lucide-react';
import type { ComponentProps } from 'react';
import { classes } from '@/lib/classes';

export type ButtonLook = 'primary' | 'secondary' | 'ghost' | 'danger';

const LOOKS: Record<ButtonLook, string> = {
  primary: 'bg-accent-strong text-on-accent hover:bg-accent-hover border-transparent',
  secondary: 'bg-raised text-text border-border-strong hover:bg-hover',
  ghost: 'bg-transparent text-muted border-transparent hover:bg-hover hover:text-text',
  danger: 'bg-danger-strong text-on-accent hover:bg-danger-hover border-transparent',
};

const SIZES = {
  small: 'h-8 px-2.5 text-sm pointer-coarse:h-11',
  medium: 'h-9 px-3.5 text-base pointer-coarse:h-11',
};

/** The looks of a button, for a link that leads on like one. */
export function buttonClass(look: ButtonLook = 'secondary', size: keyof typeof SIZES = 'medium') {
  return classes(
    'inline-flex shrink-0 items-center justify-center gap-2 rounded-md border font-medium',
    'whitespace-nowrap transition-colors disabled:opacity-50 disabled:pointer-events-none',
    LOOKS[look],
    SIZES[size],
  );
}

export interface ButtonProps extends ComponentProps<'button'> {
  look?: ButtonLook;
  size?: keyof typeof SIZES;
  icon?: LucideIcon;
  /** At work: it turns, and takes no second click. */
  busy?: boolean;
}

export function Button({
  look = 'secondary',
  size = 'medium',
  icon: Icon,
  busy = false,
  className,
  children,
  disabled,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      className={classes(buttonClass(look, size), className)}
    >
      {busy ? (
        <LoaderCircle size={16} aria-hidden className="animate-spin" />
      ) : (
        Icon && <Icon size={16} aria-hidden />
      )}
      {children}
    </button>
  );
}
