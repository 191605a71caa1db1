import { ShieldAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useQuestion } from '@/api/run-approval';
import type { ApprovalSummary, ApprovalView, RunDetail } from '@/api/schema';
import { Badge, type Tone } from '@/components/Badge';
import { CopyButton } from '@/components/CopyButton';
import { ErrorState } from '@/components/ErrorState';
import { Money } from '@/components/Money';
import { Skeleton } from '@/components/Skeleton';
import { useNow } from '@/lib/now';
import { durationOf, secondsBetween } from '@/lib/time';
import { ApprovalRounds } from './ApprovalRounds';
import { DecisionForm } from './DecisionForm';
import { Player } from './Player';
import { useStepName } from './step-names';

export const APPROVAL_ID = 'approval';

const TONES: Record<ApprovalSummary['risk'], Tone> = {
  low: 'neutral',
  medium: 'warning',
  high: 'danger',
};

interface ApprovalPanelProps {
  run: RunDetail;
  asked: ApprovalSummary;
}

/** What waits for a person's decision: all that is bound to it, and the buttons. */
export function ApprovalPanel({ run, asked }: ApprovalPanelProps) {
  const { t } = useTranslation('run');
  const nameOf = useStepName();
  const { data, error, refetch, isFetching } = useQuestion(run.run_id, asked.step, asked.round);
  return (
    <section
      id={APPROVAL_ID}
      tabIndex={-1}
      aria-label={t('approval.title', { step: nameOf(asked.step) })}
      className="panel scroll-mt-20 overflow-hidden border-warning outline-none"
    >
      <header className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b bg-warning-soft px-4 py-3">
        <ShieldAlert size={18} aria-hidden className="text-warning" />
        <h2 className="text-base font-semibold">
          {t('approval.title', { step: nameOf(asked.step) })}
        </h2>
        <Badge tone={TONES[asked.risk]}>{t(`approval.risk.${asked.risk}`)}</Badge>
        <span className="figures ml-auto text-sm text-muted">
          <Deadline asked={asked} />
        </span>
      </header>
      {data === undefined && error === null && <Skeleton className="m-4 h-72" />}
      {data === undefined && error !== null && (
        <ErrorState error={error} onRetry={refetch} isRetrying={isFetching} />
      )}
      {data && <Shown run={run} question={data} />}
    </section>
  );
}

function Deadline({ asked }: { asked: ApprovalSummary }) {
  const { t } = useTranslation('run');
  const now = useNow(1000);
  const left = durationOf(Math.max(0, -secondsBetween(asked.expires_at, null, now)));
  return t(`approval.expiry.${asked.on_expiry}`, { left });
}

function Shown({ run, question }: { run: RunDetail; question: ApprovalView }) {
  const { t } = useTranslation('run');
  const { result } = question;
  const title = result?.seo?.title ?? result?.script?.title ?? question.topic;
  const earlier = question.rounds.filter((round) => round.status !== 'waiting');
  return (
    <div className="grid gap-5 p-4 md:grid-cols-[auto_minmax(0,1fr)]">
      {result?.video_url && (
        <Player
          result={result}
          aspect={run.aspect}
          language={run.language}
          className={run.aspect === '16:9' ? 'w-full md:w-96' : 'mx-auto h-[50dvh] md:h-[26rem]'}
        />
      )}
      <div className="flex min-w-0 flex-col gap-4">
        <div>
          <p className="text-xs text-muted">{t('approval.videoTitle')}</p>
          <p className="text-lg font-semibold">{title}</p>
          {result?.seo && (
            <p className="mt-1 line-clamp-3 max-w-prose text-sm text-muted">
              {result.seo.description}
            </p>
          )}
        </div>
        <dl className="flex flex-wrap gap-x-8 gap-y-3 text-sm">
          <div>
            <dt className="text-xs text-muted">{t('approval.expectedCost')}</dt>
            <dd className="font-medium">
              <Money usd={question.expected_cost_usd} />
            </dd>
          </div>
          <div>
            <dt className="text-xs text-muted">{t('approval.spent')}</dt>
            <dd className="font-medium">
              <Money usd={question.cost_usd} />
            </dd>
          </div>
          <div className="min-w-0">
            <dt className="text-xs text-muted">{t('approval.digest')}</dt>
            <dd className="flex items-center gap-1">
              <code className="font-mono text-xs" title={question.digest}>
                {question.digest.slice(0, 12)}
              </code>
              <span className="-my-2">
                <CopyButton
                  text={question.digest}
                  label={t('copyOf', { what: t('approval.digest') })}
                />
              </span>
            </dd>
          </div>
        </dl>
        {earlier.length > 0 && <ApprovalRounds rounds={earlier} />}
        <DecisionForm question={question} />
      </div>
    </div>
  );
}
