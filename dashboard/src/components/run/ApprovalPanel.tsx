import { ShieldAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useQuestion } from '@/api/run-approval';
import { isOver } from '@/api/runs';
import type { ApprovalSummary, RunDetail } from '@/api/schema';
import { ApprovalFacts } from '@/components/approvals/ApprovalFacts';
import { Question } from '@/components/approvals/Question';
import { type Deciding, useDecision } from '@/components/approvals/use-decision';
import { Button } from '@/components/Button';
import { ErrorState } from '@/components/ErrorState';
import { Loading, Skeleton } from '@/components/Skeleton';
import { useStepName } from '@/components/step-names';
import { classes } from '@/lib/classes';

export const APPROVAL_ID = 'approval';

/** What waits for a person's decision; also what was decided while this one decided, till closed. */
export function ApprovalPanel({ run }: { run: RunDetail }) {
  const deciding = useDecision();
  const mine = deciding.seen ?? deciding.late;
  const asked =
    (isOver(run.status) ? undefined : run.approvals.find(({ status }) => status === 'waiting')) ??
    run.approvals.findLast(({ step }) => step === mine?.step);
  return asked === undefined ? null : <Asked run={run} asked={asked} deciding={deciding} />;
}

/** Keeps the place of a video and its texts, which is what most are asked about. */
function QuestionSkeleton() {
  return (
    <Loading className="p-4">
      <Skeleton className="h-288 md:h-154" />
    </Loading>
  );
}

interface AskedProps {
  run: RunDetail;
  asked: ApprovalSummary;
  deciding: Deciding;
}

function Asked({ run, asked, deciding }: AskedProps) {
  const { t } = useTranslation('run');
  const name = useStepName()(asked.step);
  const { data, error, refetch, isFetching } = useQuestion(run.run_id, asked.step, asked.round);
  const isWaiting = asked.status === 'waiting';
  const title = t(isWaiting ? 'approval.title' : 'approval.over', { step: name });
  return (
    <section
      id={APPROVAL_ID}
      tabIndex={-1}
      aria-label={title}
      className={classes('panel scroll-mt-20 outline-none', isWaiting && 'border-warning')}
    >
      <header className="flex flex-col gap-3 border-b p-4 md:p-5">
        <div className="flex items-center gap-3">
          <ShieldAlert
            size={18}
            aria-hidden
            className={isWaiting ? 'text-warning' : 'text-muted'}
          />
          <h2 className="text-base font-semibold">{title}</h2>
          {!isWaiting && (
            <Button look="ghost" size="small" onClick={deciding.forget} className="ml-auto">
              {t('action.close', { ns: 'common' })}
            </Button>
          )}
        </div>
        {data && <ApprovalFacts question={data} />}
      </header>
      {data === undefined && error === null && <QuestionSkeleton />}
      {data === undefined && error !== null && (
        <ErrorState error={error} onRetry={refetch} isRetrying={isFetching} />
      )}
      {data && <Question isBrief question={data} deciding={deciding} />}
    </section>
  );
}
