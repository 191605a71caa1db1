import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { KeyDraft, Scope } from '@/api/schema';
import { InlineError } from '@/components/ErrorState';
import { Field } from '@/components/Field';
import { useFieldProblem } from '@/components/field-problem';
import { Select } from '@/components/Select';
import { TextInput } from '@/components/TextInput';

const SCOPES: readonly Scope[] = ['read', 'run', 'approve', 'admin'];
const FOR_EVER = 'never';
const LASTS = ['7', '30', '90', '365', FOR_EVER] as const;
type Lasts = (typeof LASTS)[number];
const FIRST: Lasts = '90';

interface CreateKeyFormProps {
  id: string;
  error: Error | null;
  onChange: () => void;
  onSubmit: (draft: KeyDraft) => void;
}

export function CreateKeyForm({ id, error, onChange, onSubmit }: CreateKeyFormProps) {
  const { t } = useTranslation('settings');
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<readonly Scope[]>(['read']);
  const [lasts, setLasts] = useState<Lasts>(FIRST);
  const [isChecked, setIsChecked] = useState(false);
  const nameError = useFieldProblem()(error, 'name');

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setIsChecked(true);
    if (name.trim() !== '' && scopes.length > 0) {
      const expires_days = lasts === FOR_EVER ? null : Number(lasts);
      onSubmit({ name: name.trim(), scopes: [...scopes], expires_days });
    }
  };
  const toggle = (scope: Scope, isOn: boolean) => {
    setScopes(SCOPES.filter((each) => (each === scope ? isOn : scopes.includes(each))));
    onChange();
  };
  return (
    <form id={id} onSubmit={submit} noValidate className="flex flex-col gap-5">
      <Field
        label={t('keys.name')}
        hint={t('keys.nameHint')}
        error={nameError ?? (isChecked && name.trim() === '' ? t('keys.nameMissing') : undefined)}
      >
        {(aria) => (
          <TextInput
            {...aria}
            name="name"
            value={name}
            maxLength={100}
            placeholder="minji"
            onChange={(event) => {
              setName(event.target.value);
              onChange();
            }}
          />
        )}
      </Field>
      <fieldset>
        <legend className="mb-1.5 text-sm font-medium">{t('keys.scopes')}</legend>
        <div className="flex flex-col rounded-md border">
          {SCOPES.map((scope) => (
            <label
              key={scope}
              className="flex cursor-pointer items-start gap-3 border-b px-3 py-2.5 last:border-b-0 hover:bg-hover"
            >
              <input
                type="checkbox"
                className="mt-1 size-4 accent-accent-strong"
                checked={scopes.includes(scope)}
                onChange={(event) => toggle(scope, event.target.checked)}
              />
              <span className="min-w-0">
                <span className="font-medium">{t(`scope.${scope}`)}</span>
                <code className="ml-2 font-mono text-xs text-muted">{scope}</code>
                <span className="block text-sm text-muted">{t(`scopeHint.${scope}`)}</span>
              </span>
            </label>
          ))}
        </div>
        {isChecked && scopes.length === 0 && (
          <p role="alert" className="mt-1.5 text-sm text-danger">
            {t('keys.scopesMissing')}
          </p>
        )}
      </fieldset>
      <Field label={t('keys.lasts')} hint={lasts === FOR_EVER ? t('keys.foreverHint') : undefined}>
        {(aria) => (
          <Select
            {...aria}
            value={lasts}
            options={LASTS.map((value) => ({
              value,
              label:
                value === FOR_EVER
                  ? t('keys.never')
                  : t('keys.lastsDays', { count: Number(value) }),
            }))}
            onChange={setLasts}
          />
        )}
      </Field>
      {error && nameError === undefined && <InlineError error={error} />}
    </form>
  );
}
