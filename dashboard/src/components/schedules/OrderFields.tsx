import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useChannels } from '@/api/channels';
import { usePipelines } from '@/api/pipelines';
import { Field } from '@/components/Field';
import { DeadlineField } from '@/components/order/DeadlineField';
import { LanguageField } from '@/components/order/LanguageField';
import { type Option, Select } from '@/components/Select';
import { Switch } from '@/components/Switch';
import { TextArea } from '@/components/TextArea';
import { TextInput } from '@/components/TextInput';
import type { FieldsProps } from './ScheduleForm';

const ASPECTS = ['9:16', '16:9'] as const;
const PRIORITIES = ['low', 'normal', 'high'] as const;
const TOPIC_MAX = 500;
const NAME_MAX = 100;

/** What each run is asked for with. */
export function OrderFields({ draft, onChange, errorAt }: FieldsProps) {
  const { t } = useTranslation('schedules');
  const channels = useChannels().data;
  const pipelines = usePipelines().data;
  const usable = pipelines?.filter((each) => each.error === '') ?? [];
  const pipeline = pipelines?.find((each) => each.pipeline === draft.pipeline);
  const asks = pipeline?.asks_a_person ?? true;
  const firstChannel = channels?.[0]?.channel_id;
  const firstPipeline = usable.find((each) => each.pipeline === 'video') ?? usable[0];

  useEffect(() => {
    if (draft.channelId === '' && firstChannel !== undefined) {
      onChange({ channelId: firstChannel });
    }
    if (draft.pipeline === '' && firstPipeline !== undefined) {
      onChange({ pipeline: firstPipeline.pipeline });
    }
    if (draft.review && !asks) {
      onChange({ review: false });
    }
  });
  return (
    <fieldset className="flex min-w-0 flex-col gap-4">
      <legend className="mb-3 font-semibold">{t('what')}</legend>
      <Field label={t('topic')} error={errorAt('order.topic')}>
        {(aria) => (
          <TextArea
            {...aria}
            rows={2}
            required
            maxLength={TOPIC_MAX}
            placeholder={t('topicExample')}
            value={draft.topic}
            // It is one line to the API; a phone's keyboard has the other key all the same.
            onChange={(event) => onChange({ topic: event.target.value.replace(/\n/g, ' ') })}
          />
        )}
      </Field>
      <div className="grid grid-cols-2 gap-3">
        <Field label={t('channel')} error={errorAt('order.channel_id')}>
          {(aria) => (
            <Select
              {...aria}
              value={draft.channelId}
              options={withChosen(
                (channels ?? []).map((each) => ({ value: each.channel_id, label: each.name })),
                draft.channelId,
              )}
              onChange={(channelId) => onChange({ channelId })}
            />
          )}
        </Field>
        <Field label={t('pipeline')} error={errorAt('order.pipeline')}>
          {(aria) => (
            <Select
              {...aria}
              value={draft.pipeline}
              options={withChosen(
                usable.map(({ pipeline }) => ({ value: pipeline, label: pipeline })),
                draft.pipeline,
              )}
              onChange={(pipeline) => onChange({ pipeline })}
            />
          )}
        </Field>
        <Field label={t('aspect')}>
          {(aria) => (
            <Select
              {...aria}
              value={draft.aspect}
              options={ASPECTS.map((value) => ({
                value,
                label: t(value === '9:16' ? 'tall' : 'wide'),
              }))}
              onChange={(aspect) => onChange({ aspect })}
            />
          )}
        </Field>
        <Field label={t('priority')}>
          {(aria) => (
            <Select
              {...aria}
              value={draft.priority}
              options={PRIORITIES.map((value) => ({ value, label: t(`priorities.${value}`) }))}
              onChange={(priority) => onChange({ priority })}
            />
          )}
        </Field>
      </div>
      <LanguageField
        value={draft.language}
        onChange={(language) => onChange({ language })}
        channel={channels?.find((each) => each.channel_id === draft.channelId)}
        error={errorAt('order.language')}
      />
      <DeadlineField
        value={draft.deadlineMin}
        onChange={(deadlineMin) => onChange({ deadlineMin })}
        pipeline={pipeline}
        error={errorAt('order.deadline_s')}
      />
      <Switch
        label={t('review')}
        hint={errorAt('order.review') ?? t(asks ? 'reviewHint' : 'reviewNever')}
        isOn={draft.review && asks}
        disabled={!asks}
        onChange={(review) => onChange({ review })}
      />
      <Switch
        label={t('dryRun')}
        hint={t('dryRunHint')}
        isOn={draft.dryRun}
        onChange={(dryRun) => onChange({ dryRun })}
      />
      <Field label={t('name')} isOptional hint={t('nameHint')} error={errorAt('name')}>
        {(aria) => (
          <TextInput
            {...aria}
            maxLength={NAME_MAX}
            value={draft.name}
            onChange={(event) => onChange({ name: event.target.value })}
          />
        )}
      </Field>
    </fieldset>
  );
}

/** What was chosen stands among the options while they are on their way, and when it is gone. */
function withChosen(options: readonly Option[], chosen: string): Option[] {
  const isThere = options.some(({ value }) => value === chosen);
  return isThere ? [...options] : [{ value: chosen, label: chosen }, ...options];
}
