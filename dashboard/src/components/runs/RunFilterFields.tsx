import { useTranslation } from 'react-i18next';
import { useChannels } from '@/api/channels';
import { usePipelines } from '@/api/pipelines';
import { Field } from '@/components/Field';
import { type Option, Select } from '@/components/Select';
import { TextInput } from '@/components/TextInput';
import { localDay } from '@/lib/days';
import type { RunSearch } from './RunFilterBar';

interface RunFilterFieldsProps {
  search: RunSearch;
  onChange: (patch: RunSearch) => void;
}

export function RunFilterFields({ search, onChange }: RunFilterFieldsProps) {
  const { t } = useTranslation('runs');
  const channels = useChannels().data ?? [];
  const pipelines = usePipelines().data ?? [];
  const channelOptions = channels.map(({ channel_id, name }) => ({
    value: channel_id,
    label: name,
  }));
  const pipelineOptions = pipelines.map(({ pipeline }) => ({ value: pipeline, label: pipeline }));
  return (
    <div className="grid grid-cols-2 gap-3 lg:grid-cols-4">
      <Field label={t('channel')}>
        {(aria) => (
          <Select
            {...aria}
            value={search.channel_id ?? ''}
            options={withAll(t('allChannels'), channelOptions, search.channel_id)}
            onChange={(value) => onChange({ channel_id: value || undefined })}
          />
        )}
      </Field>
      <Field label={t('pipeline')}>
        {(aria) => (
          <Select
            {...aria}
            value={search.pipeline ?? ''}
            options={withAll(t('allPipelines'), pipelineOptions, search.pipeline)}
            onChange={(value) => onChange({ pipeline: value || undefined })}
          />
        )}
      </Field>
      <Field label={t('from')}>
        {(aria) => (
          <TextInput
            {...aria}
            type="date"
            value={search.from ?? ''}
            max={search.to ?? localDay()}
            onChange={(event) => onChange({ from: event.target.value || undefined })}
          />
        )}
      </Field>
      <Field label={t('to')}>
        {(aria) => (
          <TextInput
            {...aria}
            type="date"
            value={search.to ?? ''}
            min={search.from}
            max={localDay()}
            onChange={(event) => onChange({ to: event.target.value || undefined })}
          />
        )}
      </Field>
    </div>
  );
}

/** A channel or pipeline that has been removed since can still be looked for. */
function withAll(all: string, options: readonly Option[], chosen: string | undefined): Option[] {
  const isKnown = chosen === undefined || options.some(({ value }) => value === chosen);
  return [
    { value: '', label: all },
    ...options,
    ...(isKnown ? [] : [{ value: chosen, label: chosen }]),
  ];
}
