import { useTranslation } from 'react-i18next';
import type { JsonValue } from '@/api/schema';
import { Field } from '@/components/Field';
import { Switch } from '@/components/Switch';
import { TextArea } from '@/components/TextArea';
import { TextInput } from '@/components/TextInput';
import { isJsonObject, type JsonObject } from '@/lib/merge-patch';

const LINE_CHARS = 60;

interface EditFieldsProps {
  value: JsonObject;
  onChange: (value: JsonObject) => void;
}

/** A field for each value of an artifact, whatever its kind. */
export function EditFields({ value, onChange }: EditFieldsProps) {
  return (
    <div className="flex flex-col gap-4">
      {Object.entries(value).map(([name, each]) => (
        <EditValue
          key={name}
          name={name}
          value={each}
          onChange={(next) => onChange({ ...value, [name]: next })}
        />
      ))}
    </div>
  );
}

interface EditValueProps {
  name: string;
  value: JsonValue;
  onChange: (value: JsonValue) => void;
}

function EditValue({ name, value, onChange }: EditValueProps) {
  if (typeof value === 'string' || typeof value === 'number') {
    return <EditText name={name} value={value} onChange={onChange} />;
  }
  if (typeof value === 'boolean') {
    return <Switch label={name} isOn={value} onChange={onChange} />;
  }
  if (isJsonObject(value)) {
    return (
      <fieldset className="border-l-2 pl-3">
        <legend className="mb-2 text-sm font-medium text-muted">{name}</legend>
        <EditFields value={value} onChange={onChange} />
      </fieldset>
    );
  }
  return Array.isArray(value) ? <EditList name={name} value={value} onChange={onChange} /> : null;
}

interface EditTextProps extends Omit<EditValueProps, 'value'> {
  value: string | number;
}

function EditText({ name, value, onChange }: EditTextProps) {
  return (
    <Field label={name}>
      {(aria) =>
        typeof value === 'number' ? (
          <TextInput
            {...aria}
            type="number"
            step="any"
            value={value}
            onChange={({ target }) =>
              Number.isFinite(target.valueAsNumber) && onChange(target.valueAsNumber)
            }
          />
        ) : value.length > LINE_CHARS || value.includes('\n') ? (
          <TextArea
            {...aria}
            rows={Math.min(8, Math.ceil(value.length / LINE_CHARS) + 1)}
            value={value}
            onChange={({ target }) => onChange(target.value)}
          />
        ) : (
          <TextInput {...aria} value={value} onChange={({ target }) => onChange(target.value)} />
        )
      }
    </Field>
  );
}

interface EditListProps extends Omit<EditValueProps, 'value'> {
  value: readonly JsonValue[];
}

/** Words are a line each; whatever else a list holds has its fields one below another. */
function EditList({ name, value, onChange }: EditListProps) {
  const { t } = useTranslation('run');
  if (value.every((each) => typeof each === 'string')) {
    return (
      <Field label={name} hint={t('rerunDialog.aLineEach')}>
        {(aria) => (
          <TextArea
            {...aria}
            rows={Math.min(8, value.length + 1)}
            value={value.join('\n')}
            onChange={({ target }) => onChange(target.value === '' ? [] : target.value.split('\n'))}
          />
        )}
      </Field>
    );
  }
  const replaced = (index: number, next: JsonValue) =>
    value.map((each, at) => (at === index ? next : each));
  return (
    <details className="rounded-md border px-3 py-2">
      <summary className="text-sm font-medium">
        {name} <span className="figures text-muted">({value.length})</span>
      </summary>
      <ol className="mt-3 flex flex-col gap-4">
        {value.map((each, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: an item is known by its place
          <li key={index}>
            <EditValue
              name={`${index + 1}`}
              value={each}
              onChange={(next) => onChange(replaced(index, next))}
            />
          </li>
        ))}
      </ol>
    </details>
  );
}
