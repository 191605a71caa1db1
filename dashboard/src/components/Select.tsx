import { ChevronDown } from 'lucide-react';
import type { ComponentProps } from 'react';
import { classes } from '@/lib/classes';

export interface Option<T extends string = string> {
  value: T;
  label: string;
}

interface SelectProps<T extends string>
  extends Omit<ComponentProps<'select'>, 'value' | 'onChange' | 'children'> {
  value: T;
  options: readonly Option<T>[];
  onChange: (value: T) => void;
}

/** The browser's own, which a phone shows as its wheel. */
export function Select<T extends string>({
  value,
  options,
  onChange,
  className,
  ...rest
}: SelectProps<T>) {
  return (
    <span className={classes('relative inline-flex w-full', className)}>
      <select
        {...rest}
        value={value}
        onChange={(event) => onChange(event.target.value as T)}
        className="field appearance-none truncate pr-8"
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      <ChevronDown
        size={16}
        aria-hidden
        className="pointer-events-none absolute top-1/2 right-2.5 -translate-y-1/2 text-muted"
      />
    </span>
  );
}
