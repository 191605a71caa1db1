import { useTranslation } from 'react-i18next';
import { Field } from '@/components/Field';
import { useChannelOptions, usePipelineOptions } from '@/components/run-options';
import { Select } from '@/components/Select';
import { TextInput } from '@/components/TextInput';
import { localDay } from '@/lib/days';
import type { RunSearch } from './RunFilterBar';

interface RunFilterFieldsProps {
  search: RunSearch;
  onChange: (patch: RunSearch) => void;
}

export function RunFilterFields({ search, onChange }: RunFilterFieldsProps) {
  const { t } = useTranslation('runs');
  const channelOptions = useChannelOptions(search.channel_id);
  const pipelineOptions = usePipelineOptions(search.pipeline);
  return (
    <div className="grid grid-cols-2 gap-3 lg:grid-cols-4">
      <Field label={t('channel')}>
        {(aria) => (
          <Select
            {...aria}
            value={search.channel_id ?? ''}
            options={channelOptions}
            onChange={(value) => onChange({ channel_id: value || undefined })}
          />
        )}
      </Field>
      <Field label={t('pipeline')}>
        {(aria) => (
          <Select
            {...aria}
            value={search.pipeline ?? ''}
            options={pipelineOptions}
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
