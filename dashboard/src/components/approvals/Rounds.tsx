import { useTranslation } from 'react-i18next';
import type { ApprovalSummary } from '@/api/schema';
import { TimeAgo } from '@/components/TimeAgo';
import { AnswerBadge } from './AnswerBadge';

interface RoundsProps {
  title: string;
  rounds: readonly ApprovalSummary[];
}

/** Every question about the step with its answer, the newest first. */
export function Rounds({ title, rounds }: RoundsProps) {
  const { t } = useTranslation('approvals');
  return (
    <section aria-label={title}>
      <h3 className="mb-2 font-semibold">{title}</h3>
      <ol className="flex flex-col gap-3">
        {rounds.toReversed().map((round) => (
          <li key={round.round} className="flex items-start gap-3 text-sm">
            <span className="figures w-14 shrink-0 pt-0.5 text-muted">
              {t('round', { round: round.round })}
            </span>
            <AnswerBadge status={round.status} />
            <span className="min-w-0 flex-1 pt-0.5">
              {round.decided_at && (
                <span className="text-muted">
                  {round.decided_by} · <TimeAgo at={round.decided_at} />
                </span>
              )}
              {round.comment && <span className="block whitespace-pre-wrap">{round.comment}</span>}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
