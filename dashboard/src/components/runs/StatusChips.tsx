import { useTranslation } from 'react-i18next';
import type { RunStatus } from '@/api/schema';
import { Chips } from '@/components/Chips';

const STATUSES = ['running', 'pending', 'completed', 'failed', 'cancelled'] as const;

interface StatusChipsProps {
  status: RunStatus | undefined;
  onChange: (status: RunStatus | undefined) => void;
}

export function StatusChips({ status, onChange }: StatusChipsProps) {
  const { t } = useTranslation('runs');
  return (
    <Chips
      label={t('status')}
      all={t('allStatuses')}
      value={status}
      options={STATUSES.map((each) => ({
        value: each,
        label: t(`runStatus.${each}`, { ns: 'common' }),
      }))}
      onChange={onChange}
    />
  );
}
