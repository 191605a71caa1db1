import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { classes } from '@/lib/classes';

export type Tone = 'neutral' | 'accent' | 'success' | 'warning' | 'danger' | 'info';

const TONES: Record<Tone, string> = {
  neutral: 'bg-hover text-muted',
  accent: 'bg-accent-soft text-accent',
  success: 'bg-success-soft text-success',
  warning: 'bg-warning-soft text-warning',
  danger: 'bg-danger-soft text-danger',
  info: 'bg-info-soft text-info',
};

interface BadgeProps {
  tone?: Tone;
  icon?: LucideIcon;
  isTurning?: boolean;
  children: ReactNode;
}

export function Badge({ tone = 'neutral', icon: Icon, isTurning = false, children }: BadgeProps) {
  return (
    <span
      className={classes(
        'inline-flex h-6 shrink-0 items-center gap-1.5 rounded-full px-2 text-xs font-medium whitespace-nowrap',
        TONES[tone],
      )}
    >
      {Icon && <Icon size={13} aria-hidden className={isTurning ? 'animate-spin' : ''} />}
      {children}
    </span>
  );
}
