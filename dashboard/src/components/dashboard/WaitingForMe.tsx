import { Link } from '@tanstack/react-router';
import { ChevronRight } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useWaitingApprovals } from '@/api/approvals';
import { Card } from '@/components/Card';
import { ErrorState } from '@/components/ErrorState';
import { SkeletonRows } from '@/components/Skeleton';
import { TimeAgo } from '@/components/TimeAgo';

const SHOWN = 5;

/** What a person has to decide, the newest first. */
export function WaitingForMe() {
  const { t } = useTranslation('dashboard');
  const { data, error, refetch, isFetching } = useWaitingApprovals();
  return (
    <Card flush title={t('waiting')}>
      {data === undefined && error === null && <SkeletonRows rows={2} className="h-10" />}
      {data === undefined && error !== null && (
        <ErrorState error={error} onRetry={refetch} isRetrying={isFetching} />
      )}
      {data?.items.length === 0 && <p className="p-4 text-muted">{t('none')}</p>}
      <ul>
        {data?.items.slice(0, SHOWN).map((item) => (
          <li key={`${item.run_id}-${item.step}`} className="border-b last:border-b-0">
            <Link
              to="/approvals"
              search={{ run_id: item.run_id, step: item.step }}
              className="flex items-center gap-3 px-4 py-3 -outline-offset-2 hover:bg-hover"
            >
              <span className="min-w-0 flex-1">
                <span className="block truncate font-medium">{item.topic}</span>
                <span className="text-sm text-muted">
                  {item.step} · <TimeAgo at={item.requested_at} />
                </span>
              </span>
              <ChevronRight size={16} aria-hidden className="shrink-0 text-muted" />
            </Link>
          </li>
        ))}
      </ul>
    </Card>
  );
}
