import { useTranslation } from 'react-i18next';
import { useCancelRun } from '@/api/run-steering';
import { ReasonDialog } from './ReasonDialog';

interface CancelDialogProps {
  runId: string;
  onClose: () => void;
}

export function CancelDialog({ runId, onClose }: CancelDialogProps) {
  const { t } = useTranslation('run');
  const cancel = useCancelRun();
  return (
    <ReasonDialog
      isDangerous
      title={t('cancelDialog.title')}
      what={t('cancelDialog.what')}
      confirmLabel={t('cancelDialog.confirm')}
      keepLabel={t('cancelDialog.keep')}
      busy={cancel.isPending}
      error={cancel.error}
      onConfirm={(reason) => cancel.mutate({ runId, reason }, { onSuccess: onClose })}
      onClose={onClose}
    />
  );
}
