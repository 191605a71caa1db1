import { useTranslation } from 'react-i18next';
import type { ApprovalSummary } from '@/api/schema';
import { Badge, type Tone } from '@/components/Badge';
import { TimeAgo } from '@/components/TimeAgo';

const TONES: Record<ApprovalSummary['status'], Tone> = {
  waiting: 'warning',
  approved: 'success',
  rejected: 'danger',
  revised: 'info',
  expired: 'neutral',
  cancelled: 'neutral',
};

/** What was asked about a step, and what people answered. */
export function ApprovalRounds({ rounds }: { rounds: readonly ApprovalSummary[] }) {
  const { t } = useTranslation('run');
  return (
    <section aria-label={t('rounds')}>
      <h3 className="mb-2 text-xs font-semibold text-muted">{t('rounds')}</h3>
      <ol className="flex flex-col gap-2">
        {rounds.map((round) => (
          <li key={round.round} className="border-l-2 border-border-strong pl-3 text-sm">
            <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
              <span className="font-medium">{t('round', { number: round.round })}</span>
              <Badge tone={TONES[round.status]}>{t(`approvalStatus.${round.status}`)}</Badge>
              <span className="text-muted">
                {round.decided_by && `${round.decided_by} · `}
                <TimeAgo at={round.decided_at ?? round.requested_at} />
              </span>
            </p>
            {round.comment && <p className="mt-1 text-muted">“{round.comment}”</p>}
          </li>
        ))}
      </ol>
    </section>
  );
}
