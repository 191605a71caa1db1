import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { ApprovalItem } from '@/api/schema';
import { useStepName } from '@/components/step-names';
import { TimeAgo } from '@/components/TimeAgo';
import { classes } from '@/lib/classes';
import { present } from '@/lib/search';
import { AnswerBadge } from './AnswerBadge';
import { ExpiresIn } from './ExpiresIn';
import { RiskBadge } from './RiskBadge';

/** Without a round, the newest question about the step. */
export interface Looked {
  run_id: string;
  step: string;
  round?: number | undefined;
}

interface ApprovalListProps {
  items: readonly ApprovalItem[];
  looked: Looked;
}

/** Questions, each of which is a link that opens it. */
export function ApprovalList({ items, looked }: ApprovalListProps) {
  const { t } = useTranslation('approvals');
  const nameOf = useStepName();
  return (
    <ul aria-label={t('title')}>
      {items.map((item) => {
        const isLooked = isAsked(item, looked);
        return (
          <li
            key={`${item.run_id} ${item.step} ${item.round}`}
            className="border-b last:border-b-0"
          >
            <Link
              from="/approvals"
              to="."
              search={(before) =>
                present({
                  ...before,
                  run_id: item.run_id,
                  step: item.step,
                  round: item.status === 'waiting' ? undefined : item.round,
                })
              }
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

/** Whether an item of a list is the question that is looked at. */
export function isAsked(item: ApprovalItem, { run_id, step, round = item.round }: Looked): boolean {
  return item.run_id === run_id && item.step === step && item.round === round;
}
