import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { ApprovalItem } from '@/api/schema';
import { useStepName } from '@/components/step-names';
import { TimeAgo } from '@/components/TimeAgo';
import { classes } from '@/lib/classes';
import { AnswerBadge } from './AnswerBadge';
import { ExpiresIn } from './ExpiresIn';
import { RiskBadge } from './RiskBadge';

interface ApprovalListProps {
  items: readonly ApprovalItem[];
  looked: { run_id: string; step: string } | undefined;
}

/** Questions, each of which is a link that opens it. */
export function ApprovalList({ items, looked }: ApprovalListProps) {
  const { t } = useTranslation('approvals');
  const nameOf = useStepName();
  return (
    <ul aria-label={t('title')}>
      {items.map((item) => {
        const isLooked = item.run_id === looked?.run_id && item.step === looked.step;
        return (
          <li
            key={`${item.run_id} ${item.step} ${item.round}`}
            className="border-b last:border-b-0"
          >
            <Link
              from="/approvals"
              to="."
              search={(before) => ({ ...before, run_id: item.run_id, step: item.step })}
              aria-current={isLooked ? 'true' : undefined}
              className={classes(
                'flex flex-col gap-1.5 px-4 py-3 -outline-offset-2 hover:bg-hover',
                isLooked && 'lg:bg-accent-soft',
              )}
            >
              <span className="flex items-center justify-between gap-3">
                <span className="truncate text-sm text-muted">
                  {t('asks', { step: nameOf(item.step) })}
                </span>
                {item.status === 'waiting' ? (
                  <RiskBadge risk={item.risk} />
                ) : (
                  <AnswerBadge status={item.status} />
                )}
              </span>
              <span className="line-clamp-2 font-medium">{item.topic}</span>
              <span className="flex items-center gap-x-2 text-sm text-muted">
                <span className="min-w-0 truncate">{item.channel_id}</span>
                <span aria-hidden>·</span>
                <TimeAgo at={item.decided_at ?? item.requested_at} />
                {item.status === 'waiting' && (
                  <span className="ml-auto">
                    <ExpiresIn at={item.expires_at} />
                  </span>
                )}
                {item.status !== 'waiting' && item.decided_by && (
                  <span className="ml-auto truncate">{item.decided_by}</span>
                )}
              </span>
            </Link>
          </li>
        );
      })}
    </ul>
  );
}
