import { Link } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useDashboardSummary } from '@/api/summary';
import { buttonClass } from '@/components/Button';
import { Card } from '@/components/Card';
import { CostTrend } from '@/components/dashboard/CostTrend';
import { SummaryCards, SummaryCardsSkeleton } from '@/components/dashboard/SummaryCards';
import { WaitingForMe } from '@/components/dashboard/WaitingForMe';
import { EmptyState } from '@/components/EmptyState';
import { ErrorState } from '@/components/ErrorState';
import { PageHeader } from '@/components/PageHeader';
import { RunList } from '@/components/runs/RunList';
import { SkeletonRows } from '@/components/Skeleton';

const RECENT = 8;

export default function Dashboard() {
  const { t } = useTranslation('dashboard');
  return (
    <>
      <PageHeader title={t('title')} actions={<NewRunLink />} />
      <Content />
    </>
  );
}

function Content() {
  const { t } = useTranslation('dashboard');
  const { data, error, refetch, isFetching } = useDashboardSummary(RECENT);
  if (data === undefined && error !== null) {
    return (
      <Card>
        <ErrorState error={error} onRetry={refetch} isRetrying={isFetching} />
      </Card>
    );
  }
  return (
    <div className="flex flex-col gap-6">
      {data ? <SummaryCards summary={data} /> : <SummaryCardsSkeleton />}
      <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
        <Card
          flush
          title={t('recent')}
          action={
            <Link to="/runs" className={buttonClass('ghost', 'small')}>
              {t('seeAll')}
            </Link>
          }
        >
          {data === undefined && <SkeletonRows rows={RECENT} className="h-10" />}
          {data?.recent_runs.length === 0 && (
            <EmptyState
              icon={Plus}
              title={t('empty')}
              hint={t('emptyHint')}
              action={<NewRunLink />}
            />
          )}
          {data && data.recent_runs.length > 0 && (
            <RunList label={t('recent')} runs={data.recent_runs} />
          )}
        </Card>
        <div className="flex flex-col gap-6">
          <WaitingForMe />
          <CostTrend />
        </div>
      </div>
    </div>
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
