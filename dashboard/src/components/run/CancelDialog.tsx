import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '@/api/errors';
import { useCancelRun } from '@/api/runs';
import type { RunDetail } from '@/api/schema';
import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { InlineError } from '@/components/ErrorState';
import { Field } from '@/components/Field';
import { TextArea } from '@/components/TextArea';

const MOST_CHARS = 500;

export function CancelDialog({ run, onClose }: { run: RunDetail; onClose: () => void }) {
  const { t } = useTranslation('run');
  const cancel = useCancelRun();
  const [reason, setReason] = useState('');
  const wrong = cancel.error instanceof ApiError ? cancel.error.fieldMessage('reason') : undefined;
  const confirm = () =>
    cancel.mutate({ runId: run.run_id, reason: reason.trim() }, { onSuccess: onClose });
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t('cancelDialog.title')}
      actions={
        <>
          <Button onClick={onClose}>{t('cancelDialog.keep')}</Button>
          <Button look="danger" busy={cancel.isPending} onClick={confirm}>
            {t('cancelDialog.confirm')}
          </Button>
        </>
      }
    >
      <p className="mb-4 text-muted">{t('cancelDialog.what')}</p>
      <Field label={t('reason')} isOptional error={wrong}>
        {(aria) => (
          <TextArea
            {...aria}
            rows={2}
            maxLength={MOST_CHARS}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
        )}
      </Field>
      {cancel.error && !wrong && <InlineError error={cancel.error} />}
    </Dialog>
  );
}
