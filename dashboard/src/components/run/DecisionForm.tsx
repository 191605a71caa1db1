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
  const may = useMay('approve');
  const isOwn = useIsOwn(question);
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
          disabled={!may || isOwn || decide.isPending}
          onClick={() => answer('approve')}
        >
          {t('approval.approve')}
        </Button>
        {revise !== null && (
          <Button
            icon={PencilLine}
            busy={isAt('revise')}
            disabled={!may || decide.isPending}
            onClick={() => answer('revise')}
          >
            {t('approval.revise')}
          </Button>
        )}
        <Button
          icon={X}
          disabled={!may || decide.isPending}
          onClick={() => setIsRejecting(true)}
          className="text-danger"
        >
          {t('approval.reject')}
        </Button>
      </div>
      <p className="text-sm text-muted">
        {!may && t('approval.mayNot')}
        {may && isOwn && t('approval.ownRun')}
        {may && !isOwn && t('approval.what', { step: nameOf(question.step) })}
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

/** Whether it is the viewer's own run, where somebody else has to approve. */
function useIsOwn(question: ApprovalView): boolean {
  const { data: me } = useMe();
  const isSame = me?.name.toLowerCase() === question.requested_by.toLowerCase();
  return isSame && !question.requester_may_approve;
}
