import { Check, PencilLine, X } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay, useMe } from '@/api/me';
import { useDecide } from '@/api/run-approval';
import type { ApprovalView, DecisionOrder } from '@/api/schema';
import { Button } from '@/components/Button';
import { ConfirmDialog } from '@/components/ConfirmDialog';
import { InlineError } from '@/components/ErrorState';
import { Field } from '@/components/Field';
import { TextArea } from '@/components/TextArea';
import { toast } from '@/lib/toasts';
import { useStepName } from './step-names';

type Decision = DecisionOrder['decision'];

/** The answer of a person to what was shown. */
export function DecisionForm({ question }: { question: ApprovalView }) {
  const { t } = useTranslation('run');
  const nameOf = useStepName();
  const decide = useDecide();
  const refusal = useRefusal(question);
  const [comment, setComment] = useState('');
  const [isCommentMissing, setIsCommentMissing] = useState(false);
  const [isRejecting, setIsRejecting] = useState(false);
  const { revise } = question;

  const answer = (decision: Decision) => {
    if (decision === 'revise' && comment.trim() === '') {
      setIsCommentMissing(true);
      return;
    }
    decide.mutate(
      {
        runId: question.run_id,
        step: question.step,
        digest: question.digest,
        decision,
        comment: comment.trim(),
      },
      {
        onSuccess: () => {
          setIsRejecting(false);
          toast('success', t(`approval.done.${decision}`));
        },
      },
    );
  };
  const isAt = (decision: Decision) => decide.isPending && decide.variables.decision === decision;
  return (
    <div className="flex flex-col gap-3">
      <Field
        label={t('approval.comment')}
        hint={revise === null ? undefined : t('approval.commentHint', { step: nameOf(revise) })}
        error={isCommentMissing && comment.trim() === '' ? t('approval.commentMissing') : undefined}
      >
        {(aria) => (
          <TextArea
            {...aria}
            rows={2}
            value={comment}
            onChange={(event) => setComment(event.target.value)}
          />
        )}
      </Field>
      <div className="flex flex-wrap gap-2 max-sm:[&>button]:flex-1">
        <Button
          look="primary"
          icon={Check}
          busy={isAt('approve')}
          disabled={refusal !== null || decide.isPending}
          onClick={() => answer('approve')}
        >
          {t('approval.approve')}
        </Button>
        {revise !== null && (
          <Button
            icon={PencilLine}
            busy={isAt('revise')}
            disabled={refusal !== null || decide.isPending}
            onClick={() => answer('revise')}
          >
            {t('approval.revise')}
          </Button>
        )}
        <Button
          icon={X}
          disabled={refusal !== null || decide.isPending}
          onClick={() => setIsRejecting(true)}
          className="text-danger"
        >
          {t('approval.reject')}
        </Button>
      </div>
      <p className="text-sm text-muted">
        {refusal ?? t('approval.what', { step: nameOf(question.step) })}
      </p>
      {decide.error && !isRejecting && <InlineError error={decide.error} />}
      <ConfirmDialog
        isDangerous
        isOpen={isRejecting}
        onClose={() => setIsRejecting(false)}
        onConfirm={() => answer('reject')}
        title={t('approval.rejectTitle')}
        confirmLabel={t('approval.reject')}
        busy={isAt('reject')}
        error={decide.error}
      >
        {t('approval.rejectWhat')}
      </ConfirmDialog>
    </div>
  );
}

/** Why the key that is in use may not decide; null when it may. */
function useRefusal(question: ApprovalView): string | null {
  const { t } = useTranslation('run');
  const mayApprove = useMay('approve');
  const { data: me } = useMe();
  if (!mayApprove) {
    return t('approval.mayNot');
  }
  const isOwn = me !== undefined && me.name === question.requested_by;
  return isOwn && !question.requester_may_approve ? t('approval.ownRun') : null;
}
