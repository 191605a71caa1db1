import { useId } from 'react';
import { classes } from '@/lib/classes';

interface SwitchProps {
  label: string;
  hint?: string;
  isOn: boolean;
  onChange: (isOn: boolean) => void;
  disabled?: boolean;
}

export function Switch({ label, hint, isOn, onChange, disabled = false }: SwitchProps) {
  const id = useId();
  return (
    <div className="flex items-start justify-between gap-4">
      <div className="min-w-0">
        <label htmlFor={id} className="text-sm font-medium">
          {label}
        </label>
        {hint && (
          <p id={`${id}-hint`} className="text-xs text-muted">
            {hint}
          </p>
        )}
      </div>
      <button
        id={id}
        type="button"
        role="switch"
        aria-checked={isOn}
        aria-describedby={hint ? `${id}-hint` : undefined}
        disabled={disabled}
        onClick={() => onChange(!isOn)}
        className={classes(
          'relative h-6 w-10 shrink-0 rounded-full border transition-colors disabled:opacity-50',
          isOn ? 'border-accent-strong bg-accent-strong' : 'border-control bg-sunken',
        )}
      >
        <span
          className={classes(
            'absolute top-1/2 left-0.5 size-4.5 -translate-y-1/2 rounded-full transition-transform',
            isOn ? 'translate-x-4 bg-on-accent' : 'bg-control',
          )}
        />
      </button>
    </div>
  );
}
