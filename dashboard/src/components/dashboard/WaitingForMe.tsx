import { Link } from '@tanstack/react-router';
import { ChevronRight, CircleCheckBig } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useWaitingApprovals } from '@/api/approvals';
import { useMay } from '@/api/me';
import type { ApprovalItem, RunSummary } from '@/api/schema';
import { Card } from '@/components/Card';
import { ErrorState } from '@/components/ErrorState';
import { SkeletonRows } from '@/components/Skeleton';
import { useStepName } from '@/components/step-names';
import { TimeAgo } from '@/components/TimeAgo';
import { classes } from '@/lib/classes';
import { FailedRun } from './FailedRun';
import { useFailedRuns } from './use-failed-runs';

const SHOWN = 4;

interface WaitingForMeProps {
  recent: readonly RunSummary[];
  /** What is beside and below is known too. */
  isKnown: boolean;
}

/** What a person has to decide, and the failed runs that nobody has taken up again. */
export function WaitingForMe({ recent, isKnown }: WaitingForMeProps) {
  const { t } = useTranslation('dashboard');
  const approvals = useWaitingApprovals();
  const failed = useFailedRuns(recent);
  const mayRun = useMay('run');
  const waiting = approvals.data?.items ?? [];
  const isLoading = !isKnown || approvals.isPending || failed.isPending;
  const count = waiting.length + failed.runs.length;
  const areAllAsked = approvals.data?.next_cursor == null;
  return (
    <Card
      flush
      title={t('waiting')}
      action={
        isLoading ? undefined : <Count count={count} isWhole={areAllAsked && failed.areAll} />
      }
    >
      {isLoading && !approvals.error && !failed.error && <SkeletonRows rows={3} className="h-12" />}
      {approvals.data === undefined && approvals.error !== null && (
        <ErrorState
          error={approvals.error}
          onRetry={approvals.refetch}
          isRetrying={approvals.isFetching}
        />
      )}
      {failed.error && <ErrorState error={failed.error} onRetry={failed.refetch} />}
      {!isLoading && approvals.data && failed.isSuccess && count === 0 && (
        <p className="flex items-center gap-2 p-4 text-muted">
          <CircleCheckBig size={16} aria-hidden className="text-success" />
          {t('none')}
        </p>
      )}
      <div className={classes('divide-y', isLoading && 'hidden')}>
        {waiting.length > 0 && (
          <ul aria-label={t('approvals')} className="divide-y">
            {waiting.slice(0, SHOWN).map((item) => (
              <Approval key={`${item.run_id}-${item.step}`} item={item} />
            ))}
          </ul>
        )}
        {waiting.length > SHOWN && (
          <More to="/approvals" count={waiting.length - SHOWN} isWhole={areAllAsked} />
        )}
        {failed.runs.length > 0 && (
          <ul aria-label={t('failedRuns')} className="divide-y">
            {failed.runs.slice(0, SHOWN).map((run) => (
              <FailedRun key={run.run_id} run={run} />
            ))}
          </ul>
        )}
        {failed.runs.length > 0 && !mayRun && (
          <p className="px-4 py-2.5 text-sm text-muted">
            {t('scopeNeeded', { ns: 'common', scope: 'run' })}
          </p>
        )}
        {failed.runs.length > SHOWN && (
          <More to="/runs" count={failed.runs.length - SHOWN} isWhole={failed.areAll} />
        )}
      </div>
    </Card>
  );
}

function Approval({ item }: { item: ApprovalItem }) {
  const { t } = useTranslation('dashboard');
  const nameOf = useStepName();
  return (
    <li>
      <Link
        to="/approvals"
        search={{ run_id: item.run_id, step: item.step }}
        className="flex items-center gap-3 border-l-2 border-warning px-4 py-3 -outline-offset-2 hover:bg-hover"
      >
        <span className="min-w-0 flex-1">
          <span className="block truncate font-medium">{item.topic}</span>
          <span className="block truncate text-sm text-muted">
            <span className="text-warning">{t('toApprove', { step: nameOf(item.step) })}</span>
            {' · '}
            <TimeAgo at={item.requested_at} />
            {item.simulated && ` · ${t('runFlag.simulated', { ns: 'common' })}`}
          </span>
        </span>
        <ChevronRight size={16} aria-hidden className="shrink-0 text-muted" />
      </Link>
    </li>
  );
}

interface Counted {
  count: number;
  /** There are no more than were counted. */
  isWhole: boolean;
}

function More({ to, count, isWhole }: Counted & { to: '/approvals' | '/runs' }) {
  const { t } = useTranslation('dashboard');
  return (
    <Link
      to={to}
      search={to === '/runs' ? { status: 'failed' } : {}}
      className="block px-4 py-2.5 text-sm text-accent -outline-offset-2 hover:bg-hover"
    >
      {t(to === '/runs' ? 'moreFailed' : 'moreApprovals', { count, shown: shown(count, isWhole) })}
    </Link>
  );
}

function Count({ count, isWhole }: Counted) {
  return <span className="figures text-sm text-muted">{shown(count, isWhole)}</span>;
}

function shown(count: number, isWhole: boolean): string {
  return `${count}${isWhole ? '' : '+'}`;
}
