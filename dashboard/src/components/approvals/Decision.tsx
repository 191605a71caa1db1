import { Check, CircleAlert, Undo2, X } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '@/api/errors';
import { useMay, useMe } from '@/api/me';
import { useDecide } from '@/api/run-approval';
import type { ApprovalView } from '@/api/schema';
import { Button } from '@/components/Button';
import { useErrorSentence } from '@/components/ErrorState';
import { toast } from '@/lib/toasts';
import { type Decided, DecisionDialog } from './DecisionDialog';

/** What cannot be mended in the form: the question is another one now. */
const OVERTAKEN = new Set([
  'approval-changed',
  'approval-decided',
  'approval-expired',
  'run-ended',
  'unknown-approval',
  'unknown-run',
]);

const BUTTON = 'h-11 flex-1 pointer-coarse:h-13';

/** Approve, send back or reject, at the end of what is shown and in reach of a thumb. */
export function Decision({ question }: { question: ApprovalView }) {
  const { t } = useTranslation('approvals');
  const sentence = useErrorSentence();
  const may = useMay('approve');
  const isOwn = useIsOwn(question);
  const decide = useDecide();
  const [asked, setAsked] = useState<Decided | null>(null);
  const [overtaken, setOvertaken] = useState<ApiError | null>(null);

  const open = (decision: Decided['decision']) => {
    decide.reset();
    setOvertaken(null);
    // The digest of what is seen now: what comes while the comment is written was not seen.
    setAsked({ decision, digest: question.digest });
  };
  const send = ({ decision, digest }: Decided, comment: string) =>
    decide.mutate(
      { runId: question.run_id, step: question.step, digest, decision, comment },
      {
        onSuccess: () => {
          setAsked(null);
          toast('success', t(`${decision}.done`));
        },
        onError: (error) => {
          if (error instanceof ApiError && OVERTAKEN.has(error.kind)) {
            setOvertaken(error);
            setAsked(null);
          }
        },
      },
    );
  return (
    <footer className="sticky bottom-[calc(3.5rem+env(safe-area-inset-bottom))] rounded-b-lg border-t bg-surface p-3 md:bottom-0 md:p-4">
      {overtaken && (
        <p role="alert" className="mb-3 flex items-start gap-2 text-sm text-danger">
          <CircleAlert size={16} aria-hidden className="mt-0.5 shrink-0" />
          <span>
            {sentence(overtaken)} {t('refreshed')}
          </span>
        </p>
      )}
      {isOwn && <p className="mb-3 text-sm text-muted">{t('ownRun')}</p>}
      {!may && <p className="mb-3 text-sm text-muted">{t('notAllowed')}</p>}
      <div className="flex gap-2">
        <Button
          icon={X}
          disabled={!may}
          onClick={() => open('reject')}
          className={`${BUTTON} text-danger!`}
        >
          {t('reject.button')}
        </Button>
        {question.revise !== null && (
          <Button icon={Undo2} disabled={!may} onClick={() => open('revise')} className={BUTTON}>
            {t('revise.button')}
          </Button>
        )}
        <Button
          look="primary"
          icon={Check}
          disabled={!may || isOwn}
          onClick={() => open('approve')}
          className={BUTTON}
        >
          {t('approve.button')}
        </Button>
      </div>
      <DecisionDialog
        asked={asked}
        question={question}
        busy={decide.isPending}
        error={decide.error}
        onSend={send}
        onClose={() => setAsked(null)}
      />
    </footer>
  );
}

/** Whether it is the viewer's own run, in a pipeline where somebody else has to approve. */
function useIsOwn(question: ApprovalView): boolean {
  const { data } = useMe();
  const isSame = data?.name.toLowerCase() === question.requested_by.toLowerCase();
  return isSame && !question.requester_may_approve;
}
