import { classes } from '@/lib/classes';

interface ChipsProps<T extends string> {
  label: string;
  /** The name of the first chip, which stands for no choice. */
  all: string;
  value: T | undefined;
  options: readonly { value: T; label: string }[];
  onChange: (value: T | undefined) => void;
}

/** One of some words, or all of them, a touch away. */
export function Chips<T extends string>({ label, all, value, options, onChange }: ChipsProps<T>) {
  return (
    <fieldset className="-mx-1 flex min-w-0 flex-1 gap-1.5 overflow-x-auto p-1 [scrollbar-width:none]">
      <legend className="sr-only">{label}</legend>
      <Chip isOn={value === undefined} onClick={() => onChange(undefined)}>
        {all}
      </Chip>
      {options.map((option) => (
        <Chip
          key={option.value}
          isOn={option.value === value}
          onClick={() => onChange(option.value)}
        >
          {option.label}
        </Chip>
      ))}
    </fieldset>
  );
}

interface ChipProps {
  isOn: boolean;
  onClick: () => void;
  children: string;
}

function Chip({ isOn, onClick, children }: ChipProps) {
  return (
    <button
      type="button"
      aria-pressed={isOn}
      onClick={onClick}
      className={classes(
        'h-8 shrink-0 rounded-full border px-3 text-sm font-medium whitespace-nowrap transition-colors pointer-coarse:h-10',
        isOn
          ? 'border-accent bg-accent-soft text-accent'
          : 'border-border-strong text-muted hover:bg-hover hover:text-text',
      )}
    >
      {children}
    </button>
  );
}
