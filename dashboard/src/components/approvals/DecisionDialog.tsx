import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '@/api/errors';
import type { ApprovalView, DecisionOrder } from '@/api/schema';
import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { InlineError } from '@/components/ErrorState';
import { Field } from '@/components/Field';
import { TextArea } from '@/components/TextArea';
import { stepName } from './step-name';

export interface Decided {
  decision: DecisionOrder['decision'];
  digest: string;
}

interface DecisionDialogProps {
  asked: Decided | null;
  question: ApprovalView;
  busy: boolean;
  error: Error | null;
  onSend: (decided: Decided, comment: string) => void;
  onClose: () => void;
}

const LOOKS = { approve: 'primary', revise: 'primary', reject: 'danger' } as const;
const MAX_CHARS = 2000;

/** Says what will happen, takes a comment, and asks for a last touch. */
export function DecisionDialog(props: DecisionDialogProps) {
  const { t } = useTranslation('approvals');
  const { asked, question, onSend } = props;
  const [comment, setComment] = useState('');
  const [isMissing, setIsMissing] = useState(false);
  const [last, setLast] = useState(asked);
  if (asked !== null && asked !== last) {
    setLast(asked);
    setIsMissing(false);
  }
  const decision = last?.decision ?? 'approve';
  const hasChanged = asked !== null && asked.digest !== question.digest;
  const send = () => {
    const text = comment.trim();
    if (decision === 'revise' && text === '') {
      setIsMissing(true);
    } else if (asked !== null) {
      onSend(asked, text);
    }
  };
  const commentError = isMissing
    ? t('commentMissing')
    : props.error instanceof ApiError
      ? props.error.fieldMessage('comment')
      : undefined;
  return (
    <Dialog
      isOpen={asked !== null}
      onClose={props.onClose}
      title={t(`${decision}.title`)}
      actions={
        <>
          <Button onClick={props.onClose} className="pointer-coarse:h-13 max-md:flex-1">
            {t('action.close', { ns: 'common' })}
          </Button>
          <Button
            look={LOOKS[decision]}
            busy={props.busy}
            disabled={hasChanged}
            onClick={send}
            className="pointer-coarse:h-13 max-md:flex-1"
          >
            {t(`${decision}.confirm`)}
          </Button>
        </>
      }
    >
      <p className="mb-4 text-muted">
        {t(`${decision}.what`, {
          step: stepName(t, question.step),
          back: stepName(t, question.revise ?? ''),
        })}
      </p>
      <Field
        label={t('comment')}
        isOptional={decision !== 'revise'}
        error={commentError}
        hint={decision === 'revise' ? t('revise.hint') : undefined}
      >
        {(aria) => (
          <TextArea
            {...aria}
            rows={3}
            maxLength={MAX_CHARS}
            value={comment}
            onChange={(event) => setComment(event.target.value)}
          />
        )}
      </Field>
      {hasChanged && (
        <p role="alert" className="mt-3 text-sm text-warning">
          {t('changedMeanwhile')}
        </p>
      )}
      {props.error && commentError === undefined && <InlineError error={props.error} />}
    </Dialog>
  );
}
