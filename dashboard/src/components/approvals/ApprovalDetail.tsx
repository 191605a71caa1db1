import { Link } from '@tanstack/react-router';
import { ArrowLeft, ExternalLink } from 'lucide-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuestion } from '@/api/run-approval';
import type { ApprovalItem, ApprovalView } from '@/api/schema';
import { Button, buttonClass } from '@/components/Button';
import { ErrorState } from '@/components/ErrorState';
import { SkeletonRows } from '@/components/Skeleton';
import { useStepName } from '@/components/step-names';
import { ApprovalFacts } from './ApprovalFacts';
import { Question } from './Question';
import type { Deciding } from './use-decision';

interface ApprovalDetailProps {
  runId: string;
  step: string;
  /** The newest question about the step, whatever round it is in, without one. */
  round: number | undefined;
  /** The same question as the list has it, which is asked for again and again. */
  listed: ApprovalItem | undefined;
  listedAt: number;
  deciding: Deciding;
  onBack: () => void;
}

/** All that is to be seen for a decision, and the decision. */
export function ApprovalDetail(props: ApprovalDetailProps) {
  const { runId, step, round, listed, listedAt, deciding, onBack } = props;
  const { t } = useTranslation('approvals');
  const question = useQuestion(runId, step, round);
  const { data, refetch, dataUpdatedAt } = question;
  const isStale = data !== undefined && listedAt > dataUpdatedAt && isOther(data, listed);
  useEffect(() => {
    if (isStale) {
      void refetch();
    }
  }, [isStale, refetch]);
  return (
    <article aria-label={t('question')}>
      <Button
        look="ghost"
        size="small"
        icon={ArrowLeft}
        onClick={onBack}
        className="mb-3 lg:hidden"
      >
        {t('back')}
      </Button>
      {data === undefined ? (
        <div className="panel">
          {question.error === null ? (
            <SkeletonRows rows={5} className="h-20" />
          ) : (
            <ErrorState
              error={question.error}
              onRetry={question.refetch}
              isRetrying={question.isFetching}
            />
          )}
        </div>
      ) : (
        <div className="panel">
          <Head question={data} />
          <Question question={data} deciding={deciding} />
        </div>
      )}
    </article>
  );
}

function Head({ question }: { question: ApprovalView }) {
  const { t } = useTranslation('approvals');
  const nameOf = useStepName();
  return (
    <header className="flex flex-col gap-3 border-b p-4 md:p-5">
      <div className="flex items-start justify-between gap-4">
        <div className="min-w-0">
          <p className="text-sm text-muted">
            {t('asks', { step: nameOf(question.step) })}
            {question.round > 1 && ` · ${t('round', { round: question.round })}`}
          </p>
          <h2 className="mt-0.5 text-xl font-semibold text-balance">{question.topic}</h2>
        </div>
        <Link
          to="/runs/$runId"
          params={{ runId: question.run_id }}
          className={buttonClass('secondary', 'small')}
        >
          <ExternalLink size={15} aria-hidden />
          {t('openRun')}
        </Link>
      </div>
      <ApprovalFacts question={question} />
    </header>
  );
}

/** Whether the list tells something else: it was decided meanwhile, or asks anew. */
function isOther(question: ApprovalView, listed: ApprovalItem | undefined): boolean {
  return listed === undefined
    ? question.status === 'waiting'
    : listed.digest !== question.digest || listed.status !== question.status;
}
