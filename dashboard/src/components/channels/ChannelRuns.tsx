import { Link } from '@tanstack/react-router';
import { ListVideo } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useRuns } from '@/api/runs';
import { buttonClass } from '@/components/Button';
import { Card } from '@/components/Card';
import { EmptyState } from '@/components/EmptyState';
import { ErrorState } from '@/components/ErrorState';
import { RunList } from '@/components/runs/RunList';
import { SkeletonRows } from '@/components/Skeleton';

const SHOWN = 6;

/** What was made for a channel lately. */
export function ChannelRuns({ channelId }: { channelId: string }) {
  const { t } = useTranslation('channels');
  const { data, error, refetch, isFetching } = useRuns({ channel_id: channelId });
  const runs = data?.pages[0]?.items.slice(0, SHOWN);
  return (
    <Card
      flush
      title={t('runs')}
      action={
        <Link
          to="/runs"
          search={{ channel_id: channelId }}
          className={buttonClass('ghost', 'small')}
        >
          {t('allRuns')}
        </Link>
      }
    >
      {runs === undefined && error === null && <SkeletonRows rows={3} className="h-10" />}
      {runs === undefined && error !== null && (
        <ErrorState error={error} onRetry={refetch} isRetrying={isFetching} />
      )}
      {runs?.length === 0 && (
        <EmptyState icon={ListVideo} title={t('noRuns')} hint={t('noRunsHint')} />
      )}
      {runs && runs.length > 0 && <RunList label={t('runs')} runs={runs} />}
    </Card>
  );
}
