import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCreateApiKey } from '@/api/api-keys';
import { Button } from '@/components/Button';
import { CopyButton } from '@/components/CopyButton';
import { Dialog } from '@/components/Dialog';
import { CreateKeyForm } from './CreateKeyForm';

interface CreateKeyProps {
  isOpen: boolean;
  onClose: () => void;
}

/** Makes a key, then shows it once: it closes when somebody says that they have kept it. */
export function CreateKey({ isOpen, onClose }: CreateKeyProps) {
  const { t } = useTranslation('settings');
  const formId = useId();
  const create = useCreateApiKey();
  const [isKept, setIsKept] = useState(false);
  const [refusals, setRefusals] = useState(0);
  const made = create.data;
  const close = () => {
    create.reset();
    setIsKept(false);
    onClose();
  };
  if (made !== undefined) {
    return (
      <Dialog
        // Escape closes a dialog whatever we say: another one takes its place, with the key.
        key={`${made.key_id}-${refusals}`}
        isOpen={isOpen}
        onClose={() => (isKept ? close() : setRefusals(refusals + 1))}
        title={t('keys.madeTitle', { name: made.name })}
        actions={
          <Button look="primary" disabled={!isKept} onClick={close}>
            {t('keys.done')}
          </Button>
        }
      >
        <p className="text-muted">{t('keys.onlyOnce')}</p>
        <div className="my-4 flex flex-col gap-3 rounded-md border border-border-strong bg-sunken p-3">
          <code className="font-mono text-sm break-all select-all">{made.key}</code>
          <span>
            <CopyButton text={made.key} label={t('keys.copy')} hasWords />
          </span>
        </div>
        <label className="flex min-h-9 cursor-pointer items-center gap-2.5">
          <input
            type="checkbox"
            className="size-4 accent-accent-strong"
            checked={isKept}
            onChange={(event) => setIsKept(event.target.checked)}
          />
          {t('keys.kept')}
        </label>
      </Dialog>
    );
  }
  return (
    <Dialog
      isOpen={isOpen}
      onClose={close}
      title={t('keys.create')}
      actions={
        <>
          <Button onClick={close}>{t('action.cancel', { ns: 'common' })}</Button>
          <Button type="submit" form={formId} look="primary" busy={create.isPending}>
            {t('keys.createVerb')}
          </Button>
        </>
      }
    >
      <CreateKeyForm
        id={formId}
        error={create.error}
        onChange={create.reset}
        onSubmit={(draft) => create.mutate(draft)}
      />
    </Dialog>
  );
}
