import { getRouteApi, Link } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useWaitingApprovals } from '@/api/approvals';
import { useChannels } from '@/api/channels';
import { usePipelines } from '@/api/pipelines';
import type { DashboardSummary } from '@/api/schema';
import { useDashboardSummary } from '@/api/summary';
import { useTrends } from '@/api/trends';
import { buttonClass } from '@/components/Button';
import { Card } from '@/components/Card';
import { SummaryCards, SummaryCardsSkeleton } from '@/components/dashboard/SummaryCards';
import { Trends } from '@/components/dashboard/Trends';
import { useFailedRuns } from '@/components/dashboard/use-failed-runs';
import { WaitingForMe } from '@/components/dashboard/WaitingForMe';
import { EmptyState } from '@/components/EmptyState';
import { ErrorState } from '@/components/ErrorState';
import { PageHeader } from '@/components/PageHeader';
import { RunList } from '@/components/runs/RunList';
import { SkeletonRows } from '@/components/Skeleton';
import { dashboardSearch, TREND_DAYS } from './dashboard.search';

const SHOWN = 6;
/** More than are shown: they tell which failed runs were taken up again. */
const RECENT = 50;
const DAYS = 30;

const route = getRouteApi('/');

export default function Dashboard() {
  const { t } = useTranslation('dashboard');
  const { days = DAYS, ...whose } = route.useSearch();
  const navigate = route.useNavigate();
  const { data, error, refetch, isFetching } = useDashboardSummary(RECENT);
  const approvals = useWaitingApprovals();
  const failed = useFailedRuns([]);
  // They are drawn anew below when all is known, and are not to be asked for anew with it.
  useTrends(days, whose);
  const whoseTrends = [useChannels(), usePipelines()];
  // One beside the other, and shown together: what came first would move.
  const isKnown =
    data !== undefined && ![approvals, failed, ...whoseTrends].some(({ isPending }) => isPending);
  return (
    <>
      <PageHeader title={t('title')} actions={<NewRunLink />} />
      {data === undefined && error !== null ? (
        <Card>
          <ErrorState error={error} onRetry={refetch} isRetrying={isFetching} />
        </Card>
      ) : (
        <div className="flex flex-col gap-6">
          {data ? <SummaryCards summary={data} /> : <SummaryCardsSkeleton />}
          <div
            key={isKnown ? 'lists' : 'lists-loading'}
            className="grid items-start gap-6 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]"
          >
            <div className="min-w-0 lg:col-start-2 lg:row-start-1">
              <WaitingForMe recent={data?.recent_runs ?? []} isKnown={isKnown} />
            </div>
            <RecentRuns summary={isKnown ? data : undefined} />
          </div>
          {data?.total_runs !== 0 && (
            <Trends
              key={isKnown ? 'trends' : 'trends-loading'}
              search={{ days, ...whose }}
              choices={TREND_DAYS}
              onChange={({ days: next, ...others }) =>
                navigate({
                  search: dashboardSearch({ ...others, days: next === DAYS ? undefined : next }),
                  replace: true,
                  resetScroll: false,
                })
              }
            />
          )}
        </div>
      )}
    </>
  );
}

function RecentRuns({ summary }: { summary: DashboardSummary | undefined }) {
  const { t } = useTranslation('dashboard');
  return (
    <Card
      flush
      title={t('recent')}
      action={
        <Link to="/runs" className={buttonClass('ghost', 'small')}>
          {t('seeAll')}
        </Link>
      }
    >
      {summary === undefined && <SkeletonRows rows={SHOWN} className="h-[54.8px]" />}
      {summary?.recent_runs.length === 0 && (
        <EmptyState icon={Plus} title={t('empty')} hint={t('emptyHint')} action={<NewRunLink />} />
      )}
      {summary && summary.recent_runs.length > 0 && (
        <RunList label={t('recent')} runs={summary.recent_runs.slice(0, SHOWN)} />
      )}
    </Card>
  );
}

function NewRunLink() {
  const { t } = useTranslation();
  return (
    <Link to="/new" className={buttonClass('primary')}>
      <Plus size={16} aria-hidden />
      {t('action.newRun')}
    </Link>
  );
}
