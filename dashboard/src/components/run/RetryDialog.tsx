import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useRetryRun } from '@/api/run-steering';
import type { RunDetail } from '@/api/schema';
import { ConfirmDialog } from '@/components/ConfirmDialog';
import { Switch } from '@/components/Switch';

interface RetryDialogProps {
  run: RunDetail;
  onClose: () => void;
  onMade: (runId: string) => void;
}

/** A new run goes on from where this one got to. */
export function RetryDialog({ run, onClose, onMade }: RetryDialogProps) {
  const { t } = useTranslation('run');
  const retry = useRetryRun();
  const [isFresh, setIsFresh] = useState(false);
  const taken = run.steps.filter((step) => step.status === 'completed').length;
  return (
    <ConfirmDialog
      isOpen
      onClose={onClose}
      title={t('retryDialog.title')}
      confirmLabel={t('retryDialog.confirm')}
      busy={retry.isPending}
      error={retry.error}
      onConfirm={() =>
        retry.mutate(
          { runId: run.run_id, fresh: isFresh },
          { onSuccess: (made) => onMade(made.run_id) },
        )
      }
    >
      <p className="mb-4">{t('retryDialog.what', { taken, all: run.steps.length })}</p>
      <Switch label={t('fresh')} hint={t('freshHint')} isOn={isFresh} onChange={setIsFresh} />
    </ConfirmDialog>
  );
}
