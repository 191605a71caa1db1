import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ApprovalView } from '@/api/schema';
import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { InlineError } from '@/components/ErrorState';
import { Field } from '@/components/Field';
import { useFieldProblem } from '@/components/field-problem';
import { useStepName } from '@/components/step-names';
import { TextArea } from '@/components/TextArea';
import type { Deciding } from './use-decision';

interface DecisionDialogProps {
  question: ApprovalView;
  deciding: Deciding;
}

const LOOKS = { approve: 'primary', revise: 'primary', reject: 'danger' } as const;
const MAX_CHARS = 2000;

/** Says what will happen, takes a comment, and asks for a last touch. */
export function DecisionDialog({ question, deciding }: DecisionDialogProps) {
  const { t } = useTranslation('approvals');
  const nameOf = useStepName();
  const { seen, error, isBusy } = deciding;
  const [comment, setComment] = useState('');
  const [isMissing, setIsMissing] = useState(false);
  const [last, setLast] = useState(seen);
  if (seen !== null && seen !== last) {
    setLast(seen);
    setIsMissing(false);
  }
  const decision = last?.decision ?? 'approve';
  const hasChanged = seen !== null && seen.digest !== question.digest;
  const send = () => {
    const text = comment.trim();
    setIsMissing(decision === 'revise' && text === '');
    if (decision !== 'revise' || text !== '') {
      deciding.send(text);
    }
  };
  const refused = useFieldProblem()(error, 'comment');
  const commentError = isMissing ? t('commentMissing') : refused;
  return (
    <Dialog
      isOpen={seen !== null}
      onClose={deciding.close}
      title={t(`${decision}.title`)}
      actions={
        <>
          <Button onClick={deciding.close} className="pointer-coarse:h-13 max-md:flex-1">
            {t('action.close', { ns: 'common' })}
          </Button>
          <Button
            look={LOOKS[decision]}
            busy={isBusy}
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
          step: nameOf(question.step),
          back: nameOf(question.revise ?? ''),
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
      {error && commentError === undefined && <InlineError error={error} />}
    </Dialog>
  );
}
