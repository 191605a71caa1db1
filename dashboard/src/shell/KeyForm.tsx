import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { setApiKey } from '@/api/key';
import { queryClient } from '@/api/query-client';
import { Button } from '@/components/Button';
import { Field } from '@/components/Field';
import { TextInput } from '@/components/TextInput';

const SHAPE = /^yaa_\S+$/;

/** Takes a key, keeps it in this browser, and asks again for whatever is shown. */
export function KeyForm({ onDone }: { onDone?: () => void }) {
  const { t } = useTranslation('shell');
  const [text, setText] = useState('');
  const [isWrong, setIsWrong] = useState(false);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!SHAPE.test(text.trim())) {
      setIsWrong(true);
      return;
    }
    setApiKey(text);
    // What is still under way was asked with the key before, and would be waited for as it is.
    void queryClient.cancelQueries();
    void queryClient.invalidateQueries();
    onDone?.();
  };

  return (
    <form onSubmit={submit} className="flex flex-col gap-4" noValidate>
      <Field
        label={t('key.label')}
        hint={t('key.hint')}
        error={isWrong ? t('key.shape') : undefined}
      >
        {(aria) => (
          <TextInput
            {...aria}
            autoFocus
            type="password"
            name="api-key"
            autoComplete="current-password"
            spellCheck={false}
            placeholder="yaa_…"
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              setIsWrong(false);
            }}
          />
        )}
      </Field>
      <p className="text-sm text-muted">
        <WithCode text={t('key.howTo')} />
      </p>
      <Button type="submit" look="primary">
        {t('key.save')}
      </Button>
    </form>
  );
}

/** What stands between backticks is typed as it is. */
function WithCode({ text }: { text: string }) {
  return text.split('`').map((part, index) =>
    index % 2 === 0 ? (
      part
    ) : (
      <code key={part} className="rounded-sm bg-hover px-1 py-0.5 font-mono text-xs text-text">
        {part}
      </code>
    ),
  );
}
