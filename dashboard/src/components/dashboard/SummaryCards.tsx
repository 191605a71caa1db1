import { Activity, CircleCheck, Hash, Timer, Wallet } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { DashboardSummary } from '@/api/schema';
import { Money } from '@/components/Money';
import { Loading, Skeleton } from '@/components/Skeleton';
import { Stat } from '@/components/Stat';
import { countOf } from '@/lib/money';
import { durationOf } from '@/lib/time';

const GRID =
  'grid grid-cols-2 gap-3 max-md:[&>:last-child]:col-span-2 md:grid-cols-3 md:gap-4 xl:grid-cols-5';
const CARDS = ['active', 'success', 'duration', 'cost', 'total'];

export function SummaryCards({ summary }: { summary: DashboardSummary }) {
  const { t } = useTranslation('dashboard');
  return (
    <dl className={GRID}>
      <Stat
        icon={Activity}
        label={t('active')}
        value={countOf(summary.active_runs)}
        hint={t('activeHint')}
      />
      <Stat
        icon={CircleCheck}
        label={t('successRate')}
        value={successRate(summary) ?? '–'}
        hint={t('successRateHint', {
          success: countOf(summary.success_runs),
          failed: countOf(summary.failed_runs),
        })}
      />
      <Stat
        icon={Timer}
        label={t('averageDuration')}
        value={durationOf(summary.avg_duration_sec) || '–'}
        hint={t('averageHint')}
      />
      <Stat
        icon={Wallet}
        label={t('cost')}
        value={<Money usd={summary.estimated_cost_usd} />}
        hint={t('costHint')}
      />
      <Stat
        icon={Hash}
        label={t('total')}
        value={countOf(summary.total_runs)}
        hint={t('totalHint', { cancelled: countOf(summary.cancelled_runs) })}
      />
    </dl>
  );
}

/** Keeps the place of the cards, so that nothing moves when they come. */
export function SummaryCardsSkeleton() {
  return (
    <Loading className={GRID}>
      {CARDS.map((card) => (
        <Skeleton key={card} className="h-[106px] rounded-lg" />
      ))}
    </Loading>
  );
}

function successRate({ success_runs, failed_runs }: DashboardSummary): string | null {
  const ended = success_runs + failed_runs;
  return ended === 0 ? null : `${Math.floor((success_runs / ended) * 100)}%`;
}
