import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useRemoveSchedule } from '@/api/schedules';
import type { ScheduleView } from '@/api/schema';
import { ConfirmDialog } from '@/components/ConfirmDialog';
import { toast } from '@/lib/toasts';
import { orderOf } from './order';

interface RemoveScheduleProps {
  /** The one that is to go; null: none is. */
  schedule: ScheduleView | null;
  onClose: () => void;
}

export function RemoveSchedule({ schedule, onClose }: RemoveScheduleProps) {
  const { t } = useTranslation('schedules');
  const remove = useRemoveSchedule();
  const [shown, setShown] = useState(schedule);
  if (schedule !== null && schedule !== shown) {
    setShown(schedule);
  }
  const name = shown === null ? '' : shown.name || orderOf(shown).topic;
  const close = () => {
    remove.reset();
    onClose();
  };
  const confirm = () => {
    if (schedule !== null) {
      remove.mutate(schedule.id, {
        onSuccess: () => {
          toast('success', t('removed', { name }));
          close();
        },
      });
    }
  };
  return (
    <ConfirmDialog
      isOpen={schedule !== null}
      onClose={close}
      onConfirm={confirm}
      title={t('removeTitle')}
      confirmLabel={t('action.delete', { ns: 'common' })}
      isDangerous
      busy={remove.isPending}
      error={remove.error}
    >
      <p className="font-medium text-text">{name}</p>
      <p>{t('removeWhat')}</p>
    </ConfirmDialog>
  );
}
