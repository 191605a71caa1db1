import { Link } from '@tanstack/react-router';
import { CircleX, SkipForward } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { LastFire } from '@/api/schema';
import { Badge } from '@/components/Badge';
import { RunStatusBadge } from '@/components/StatusBadge';
import { TimeAgo } from '@/components/TimeAgo';

/** What became of the last time; the run that it made is a click away. */
export function LastTime({ last }: { last: LastFire | null }) {
  const { t } = useTranslation('schedules');
  if (last === null) {
    return <span className="text-muted">{t('neverYet')}</span>;
  }
  const mark =
    last.outcome === 'run' ? (
      <RunStatusBadge status={last.run_status ?? 'pending'} />
    ) : (
      <Badge
        tone={last.outcome === 'failed' ? 'danger' : 'neutral'}
        icon={last.outcome === 'failed' ? CircleX : SkipForward}
      >
        {t(`outcome.${last.outcome}`)}
      </Badge>
    );
  return (
    <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
      {last.run_id === null ? (
        mark
      ) : (
        <Link
          to="/runs/$runId"
          params={{ runId: last.run_id }}
          aria-label={t('openLast')}
          className="rounded-full hover:brightness-110"
        >
          {mark}
        </Link>
      )}
      <span className="text-sm text-muted">
        <TimeAgo at={last.fire_at} />
      </span>
    </span>
  );
}
