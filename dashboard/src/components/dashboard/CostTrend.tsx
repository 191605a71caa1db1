import { useTranslation } from 'react-i18next';
import type { GroupSums } from '@/api/schema';
import { useUsageSummary } from '@/api/usage';
import { Card } from '@/components/Card';
import { ErrorState } from '@/components/ErrorState';
import { Skeleton } from '@/components/Skeleton';
import { moneyOf } from '@/lib/money';
import { utcDay } from '@/lib/time';

const DAYS = 14;
const WIDTH = 280;
const HEIGHT = 96;
const GAP = 4;
const LEAST = 2;

/** A bar for each of the last days: small enough not to need a library for charts. */
export function CostTrend() {
  const { t } = useTranslation('dashboard');
  const filters = { group_by: 'day', from: utcDay(1 - DAYS), to: utcDay(1), limit: DAYS } as const;
  const { data, error, refetch, isFetching } = useUsageSummary(filters);
  return (
    <Card title={t('costTrend')}>
      {data === undefined && error === null && <Skeleton className="h-36" />}
      {data === undefined && error !== null && (
        <ErrorState error={error} onRetry={refetch} isRetrying={isFetching} />
      )}
      {data?.items.length === 0 && <p className="text-muted">{t('costTrendEmpty')}</p>}
      {data && data.items.length > 0 && (
        <>
          <p className="figures mb-3 text-xl font-semibold">
            {moneyOf(data.total.cost_usd) || t('unknownCost', { ns: 'common' })}
          </p>
          <Bars items={data.items} />
        </>
      )}
    </Card>
  );
}

function Bars({ items }: { items: readonly GroupSums[] }) {
  const { t } = useTranslation('dashboard');
  const days = Array.from({ length: DAYS }, (_, index) => utcDay(index + 1 - DAYS));
  const costs = new Map(items.map((item) => [item.day, item.cost_usd ?? 0]));
  const highest = Math.max(...costs.values(), Number.MIN_VALUE);
  const width = (WIDTH + GAP) / DAYS - GAP;
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={t('costTrend')}
      className="h-24 w-full"
      preserveAspectRatio="none"
    >
      {days.map((day, index) => {
        const cost = costs.get(day) ?? 0;
        const height = Math.max((cost / highest) * HEIGHT, LEAST);
        return (
          <rect
            key={day}
            x={index * (width + GAP)}
            y={HEIGHT - height}
            width={width}
            height={height}
            rx={2}
            className={cost > 0 ? 'fill-accent' : 'fill-border-strong'}
          >
            <title>{`${t('costOfDay', { day })}: ${moneyOf(cost)}`}</title>
          </rect>
        );
      })}
    </svg>
  );
}
