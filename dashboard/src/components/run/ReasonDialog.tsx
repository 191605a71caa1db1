import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { InlineError } from '@/components/ErrorState';
import { Field } from '@/components/Field';
import { useFieldProblem } from '@/components/field-problem';
import { TextArea } from '@/components/TextArea';

const MOST_CHARS = 500;

interface ReasonDialogProps {
  title: string;
  what: string;
  /** The verb, and what leaves the run as it is. */
  confirmLabel: string;
  keepLabel: string;
  isDangerous?: boolean;
  busy: boolean;
  error: Error | null;
  onConfirm: (reason: string) => void;
  onClose: () => void;
}

/** Asks once more before a run is held up or stopped, and why. */
export function ReasonDialog(props: ReasonDialogProps) {
  const { t } = useTranslation('run');
  const { error } = props;
  const [reason, setReason] = useState('');
  const wrong = useFieldProblem()(error, 'reason');
  return (
    <Dialog
      isOpen
      onClose={props.onClose}
      title={props.title}
      actions={
        <>
          <Button onClick={props.onClose}>{props.keepLabel}</Button>
          <Button
            look={props.isDangerous ? 'danger' : 'primary'}
            busy={props.busy}
            onClick={() => props.onConfirm(reason.trim())}
          >
            {props.confirmLabel}
          </Button>
        </>
      }
    >
      <p className="mb-4 text-muted">{props.what}</p>
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
      {error && !wrong && <InlineError error={error} />}
    </Dialog>
  );
}
