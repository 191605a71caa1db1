import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCreateChannel } from '@/api/channels';
import type { ChannelView } from '@/api/schema';
import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { InlineError } from '@/components/ErrorState';
import { Field } from '@/components/Field';
import { useFieldProblem } from '@/components/field-problem';
import { TextInput } from '@/components/TextInput';
import { CHANNEL_ID_MAX_CHARS, idOf, isChannelId, nameProblem } from '@/lib/channel-draft';
import { toast } from '@/lib/toasts';
import { LanguageSelect } from './LanguageSelect';

interface CreateChannelProps {
  isOpen: boolean;
  onClose: () => void;
}

export function CreateChannel({ isOpen, onClose }: CreateChannelProps) {
  const { t } = useTranslation('channels');
  const navigate = useNavigate();
  const formId = useId();
  const create = useCreateChannel();
  const close = () => {
    create.reset();
    onClose();
  };
  const made = (channel: ChannelView) => {
    toast('success', t('created', { name: channel.name }));
    close();
    void navigate({ to: '/channels/$channelId', params: { channelId: channel.channel_id } });
  };
  return (
    <Dialog
      isOpen={isOpen}
      onClose={close}
      title={t('create')}
      actions={
        <>
          <Button onClick={close}>{t('action.cancel', { ns: 'common' })}</Button>
          <Button type="submit" form={formId} look="primary" busy={create.isPending}>
            {t('createVerb')}
          </Button>
        </>
      }
    >
      <CreateForm
        id={formId}
        error={create.error}
        onChange={create.reset}
        onSubmit={(draft) => create.mutate({ ...draft, brand_guide: '' }, { onSuccess: made })}
      />
    </Dialog>
  );
}

interface Draft {
  name: string;
  channel_id: string;
  language: string;
}

interface CreateFormProps {
  id: string;
  error: Error | null;
  onChange: () => void;
  onSubmit: (draft: Draft) => void;
}

function CreateForm({ id, error, onChange, onSubmit }: CreateFormProps) {
  const { t, i18n } = useTranslation('channels');
  const [name, setName] = useState('');
  const [ownId, setOwnId] = useState<string | null>(null);
  const [language, setLanguage] = useState(i18n.language);
  const [isChecked, setIsChecked] = useState(false);
  const channelId = ownId ?? idOf(name);
  const wrongName = nameProblem(name);
  const fieldProblem = useFieldProblem();
  const idError = fieldProblem(error, 'channel_id', { 'channel-exists': 'channel_id' });
  const nameError = fieldProblem(error, 'name');

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setIsChecked(true);
    if (wrongName === null && isChannelId(channelId)) {
      onSubmit({ name: name.trim(), channel_id: channelId, language });
    }
  };
  return (
    <form id={id} onSubmit={submit} noValidate className="flex flex-col gap-4">
      <Field
        label={t('name')}
        error={nameError ?? (isChecked && wrongName ? t(`nameProblem.${wrongName}`) : undefined)}
      >
        {(aria) => (
          <TextInput
            {...aria}
            name="name"
            value={name}
            placeholder={t('namePlaceholder')}
            onChange={(event) => {
              setName(event.target.value);
              onChange();
            }}
          />
        )}
      </Field>
      <Field
        label={t('id')}
        hint={t('idHint', { most: CHANNEL_ID_MAX_CHARS })}
        error={idError ?? (isChecked && !isChannelId(channelId) ? t('idProblem') : undefined)}
      >
        {(aria) => (
          <TextInput
            {...aria}
            name="channel_id"
            className="font-mono"
            spellCheck={false}
            autoCapitalize="off"
            value={channelId}
            placeholder="science"
            onChange={(event) => {
              setOwnId(event.target.value);
              onChange();
            }}
          />
        )}
      </Field>
      <Field label={t('language')} hint={t('languageHint')}>
        {(aria) => <LanguageSelect {...aria} value={language} onChange={setLanguage} />}
      </Field>
      {error && idError === undefined && nameError === undefined && <InlineError error={error} />}
    </form>
  );
}
