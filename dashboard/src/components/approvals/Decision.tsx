import { Check, Undo2, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useMay, useMe } from '@/api/me';
import type { ApprovalView } from '@/api/schema';
import { Button } from '@/components/Button';
import { classes } from '@/lib/classes';
import type { Deciding } from './use-decision';

const BUTTON = 'h-11 flex-1 pointer-coarse:h-13';

interface DecisionProps {
  question: ApprovalView;
  deciding: Deciding;
}

/** Approve, send back or reject: each asks once more, and says what it does. */
export function Decision({ question, deciding: { open } }: DecisionProps) {
  const { t } = useTranslation('approvals');
  const may = useMay('approve');
  const isOwn = useIsOwn(question);
  return (
    <>
      {isOwn && <p className="mb-3 text-sm text-muted">{t('ownRun')}</p>}
      {!may && <p className="mb-3 text-sm text-muted">{t('notAllowed')}</p>}
      <div className="flex flex-wrap gap-2">
        <Button
          icon={X}
          disabled={!may}
          onClick={() => open(question, 'reject')}
          className={`${BUTTON} text-danger!`}
        >
          {t('reject.button')}
        </Button>
        {question.revise !== null && (
          <Button
            icon={Undo2}
            disabled={!may}
            onClick={() => open(question, 'revise')}
            className={BUTTON}
          >
            {t('revise.button')}
          </Button>
        )}
        <Button
          look="primary"
          icon={Check}
          disabled={!may || isOwn}
          onClick={() => open(question, 'approve')}
          // Three have no room beside each other on a phone.
          className={classes(BUTTON, question.revise !== null && 'max-sm:basis-full')}
        >
          {t('approve.button')}
        </Button>
      </div>
    </>
  );
}

/** Whether it is the viewer's own run, in a pipeline where somebody else has to approve. */
function useIsOwn(question: ApprovalView): boolean {
  const { data } = useMe();
  const isSame = data?.name.toLowerCase() === question.requested_by.toLowerCase();
  return isSame && !question.requester_may_approve;
}
