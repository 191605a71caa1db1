import { type ReactNode, useId } from 'react';
import { useTranslation } from 'react-i18next';

export interface FieldAria {
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': true | undefined;
}

interface FieldProps {
  label: ReactNode;
  hint?: ReactNode;
  /** What is wrong with it, see `useFieldProblem`. */
  error?: string | undefined;
  isOptional?: boolean;
  /** Draws the control with what ties it to the label: `{(aria) => <TextInput {...aria} />}`. */
  children: (aria: FieldAria) => ReactNode;
}

export function Field({ label, hint, error, isOptional = false, children }: FieldProps) {
  const id = useId();
  const { t } = useTranslation();
  const told = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
        {isOptional && <span className="ml-1.5 font-normal text-faint">({t('optional')})</span>}
      </label>
      {children({
        id,
        'aria-describedby': told || undefined,
        'aria-invalid': error ? true : undefined,
      })}
      {hint && (
        <p id={`${id}-hint`} className="text-xs text-muted">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} role="alert" className="text-sm text-danger">
          {error}
        </p>
      )}
    </div>
  );
}
