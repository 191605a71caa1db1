import { useTranslation } from 'react-i18next';
import { useChannels } from '@/api/channels';
import { Select } from '@/components/Select';

interface ChannelFilterProps {
  value: string | undefined;
  onChange: (channelId: string | undefined) => void;
}

export function ChannelFilter({ value = '', onChange }: ChannelFilterProps) {
  const { t } = useTranslation('approvals');
  const channels = useChannels().data ?? [];
  const known = channels.map(({ channel_id, name }) => ({ value: channel_id, label: name }));
  const isKnown = value === '' || known.some((each) => each.value === value);
  return (
    <div className="w-36 md:w-48">
      <Select
        aria-label={t('channel')}
        value={value}
        options={[
          { value: '', label: t('allChannels') },
          ...known,
          ...(isKnown ? [] : [{ value, label: value }]),
        ]}
        onChange={(id) => onChange(id || undefined)}
      />
    </div>
  );
}
