import { useTranslation } from 'react-i18next';
import { useChannels } from '@/api/channels';
import { usePipelines } from '@/api/pipelines';
import type { Option } from './Select';

/** The channels that runs can be narrowed to, all of them first. */
export function useChannelOptions(chosen: string | undefined): Option[] {
  const { t } = useTranslation('runs');
  const channels = useChannels().data ?? [];
  const options = channels.map(({ channel_id, name }) => ({ value: channel_id, label: name }));
  return withAll(t('allChannels'), options, chosen);
}

/** The pipelines likewise. */
export function usePipelineOptions(chosen: string | undefined): Option[] {
  const { t } = useTranslation('runs');
  const pipelines = usePipelines().data ?? [];
  const options = pipelines.map(({ pipeline }) => ({ value: pipeline, label: pipeline }));
  return withAll(t('allPipelines'), options, chosen);
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
