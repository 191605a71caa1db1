import { type ReactNode, useId } from 'react';
import { classes } from '@/lib/classes';

interface SegmentedProps<T extends string | number> {
  /** What is chosen: seen above with `hasLabel`, else for a screen reader. */
  label: string;
  hasLabel?: boolean;
  value: T;
  options: readonly { value: T; label: ReactNode }[];
  onChange: (value: T) => void;
}

/** One of a few that are all in sight: the browser's radio buttons, which arrow keys move through. */
export function Segmented<T extends string | number>({
  label,
  hasLabel = false,
  value,
  options,
  onChange,
}: SegmentedProps<T>) {
  const name = useId();
  return (
    <fieldset className="flex min-w-0 flex-col">
      <legend className={hasLabel ? 'mb-1.5 text-sm font-medium' : 'sr-only'}>{label}</legend>
      <div className="flex gap-0.5 rounded-md border bg-sunken p-0.5">
        {options.map((option) => (
          <label
            key={option.value}
            className={classes(
              'relative flex min-h-8 flex-1 cursor-pointer items-center justify-center gap-1.5 rounded-sm px-3',
              'text-sm font-medium whitespace-nowrap transition-colors pointer-coarse:min-h-10',
              'has-focus-visible:outline-2 has-focus-visible:outline-accent',
              option.value === value
                ? 'bg-raised text-text ring-1 ring-border-strong'
                : 'text-muted hover:text-text',
            )}
          >
            <input
              type="radio"
              name={name}
              checked={option.value === value}
              onChange={() => onChange(option.value)}
              className="absolute inset-0 cursor-pointer opacity-0"
            />
            {option.label}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
