import { Save } from 'lucide-react';
import { type FormEvent, type KeyboardEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useUpdateChannel } from '@/api/channels';
import type { ChannelView } from '@/api/schema';
import { Button } from '@/components/Button';
import { Card } from '@/components/Card';
import { InlineError } from '@/components/ErrorState';
import { Field } from '@/components/Field';
import { useFieldProblem } from '@/components/field-problem';
import { TextInput } from '@/components/TextInput';
import { readingOf } from '@/lib/brand-guide';
import { nameProblem } from '@/lib/channel-draft';
import { toast } from '@/lib/toasts';
import { GuideField } from './GuideField';
import { LanguageSelect } from './LanguageSelect';
import { LeaveGuard } from './LeaveGuard';
import { useChannelDraft } from './use-channel-draft';

interface ChannelFormProps {
  channel: ChannelView;
  mayChange: boolean;
}

/** What can be changed of a channel; saved together, by the button or Ctrl+S. */
export function ChannelForm({ channel, mayChange }: ChannelFormProps) {
  const { t } = useTranslation('channels');
  const { values, change, isDirty, isOutdated, edit, discard, settle } = useChannelDraft(channel);
  const form = useRef<HTMLFormElement>(null);
  const [isChecked, setIsChecked] = useState(false);
  const update = useUpdateChannel();
  const fieldProblem = useFieldProblem();
  const wrongName = nameProblem(values.name);
  const guideError = fieldProblem(update.error, 'brand_guide');
  const nameError = fieldProblem(update.error, 'name');

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setIsChecked(true);
    if (isDirty && wrongName === null && readingOf(values.brand_guide).problem === null) {
      update.mutate(
        { channelId: channel.channel_id, change },
        {
          onSuccess: (saved) => {
            settle(saved, change);
            toast('success', t('saved'));
          },
        },
      );
    }
  };
  const saveOnKey = (event: KeyboardEvent) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 's') {
      event.preventDefault();
      form.current?.requestSubmit();
    }
  };
  const write = (edited: Parameters<typeof edit>[0]) => {
    update.reset();
    edit(edited);
  };

  return (
    <form
      ref={form}
      onSubmit={submit}
      onKeyDown={saveOnKey}
      noValidate
      aria-label={t('form')}
      className="flex flex-col gap-6"
    >
      <Card title={t('basics')}>
        <div className="grid items-start gap-4 md:grid-cols-2">
          <Field
            label={t('name')}
            error={
              nameError ?? (isChecked && wrongName ? t(`nameProblem.${wrongName}`) : undefined)
            }
          >
            {(aria) => (
              <TextInput
                {...aria}
                name="name"
                value={values.name}
                disabled={!mayChange}
                onChange={(event) => write({ name: event.target.value })}
              />
            )}
          </Field>
          <Field label={t('language')} hint={t('languageHint')}>
            {(aria) => (
              <LanguageSelect
                {...aria}
                value={values.language}
                disabled={!mayChange}
                onChange={(language) => write({ language })}
              />
            )}
          </Field>
        </div>
      </Card>
      <GuideField
        value={values.brand_guide}
        onChange={(brand_guide) => write({ brand_guide })}
        disabled={!mayChange}
        error={guideError}
      />
      <div className="sticky bottom-14 z-10 -mx-4 border-t bg-background px-4 py-3 md:bottom-0 md:-mx-6 md:px-6">
        {update.error && guideError === undefined && nameError === undefined && (
          <div className="mb-3">
            <InlineError error={update.error} />
          </div>
        )}
        <div className="flex flex-wrap items-center justify-end gap-2">
          <p aria-live="polite" className="flex-1 basis-40 text-sm text-muted">
            {isOutdated && !update.isPending ? t('outdated') : isDirty ? t('dirty') : t('keeps')}
          </p>
          <Button disabled={!isDirty || update.isPending} onClick={discard}>
            {t('discard')}
          </Button>
          <Button
            type="submit"
            look="primary"
            icon={Save}
            disabled={!isDirty || !mayChange}
            busy={update.isPending}
          >
            {t('action.save', { ns: 'common' })}
          </Button>
        </div>
      </div>
      <LeaveGuard isDirty={isDirty} />
    </form>
  );
}
