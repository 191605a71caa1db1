import { useTranslation } from 'react-i18next';
import { usePauseRun } from '@/api/run-steering';
import { ReasonDialog } from './ReasonDialog';

interface PauseDialogProps {
  runId: string;
  onClose: () => void;
}

/** Whoever looks at the run is told why it is held up. */
export function PauseDialog({ runId, onClose }: PauseDialogProps) {
  const { t } = useTranslation('run');
  const pause = usePauseRun();
  return (
    <ReasonDialog
      title={t('pauseDialog.title')}
      what={t('pauseDialog.what')}
      confirmLabel={t('pause')}
      keepLabel={t('pauseDialog.keep')}
      busy={pause.isPending}
      error={pause.error}
      onConfirm={(reason) => pause.mutate({ runId, reason }, { onSuccess: onClose })}
      onClose={onClose}
    />
  );
}
