import { useTranslation } from 'react-i18next';
import { useUsageInSpans } from '@/api/usage-details';
import { Card } from '@/components/Card';
import { BarChart } from '@/components/charts/BarChart';
import { ErrorState } from '@/components/ErrorState';
import { Skeleton } from '@/components/Skeleton';
import { moneyOf, roundMoneyOf } from '@/lib/money';
import { bucketsOf, type Span } from '@/lib/period';
import { stacksOf } from '@/lib/stacks';
import { shortDayOf } from '@/lib/zone';

const CHART_HEIGHT = 200;

interface StackedCostsProps {
  by: 'agent' | 'model';
  /** Days of UTC. */
  span: Span;
}

/** What each agent or model has cost over time, one upon the other. */
export function StackedCosts({ by, span }: StackedCostsProps) {
  const { t, i18n } = useTranslation('usage');
  const buckets = bucketsOf(span);
  const { items, isPending, error, isFetching, refetch } = useUsageInSpans(by, buckets);
  const isWeekly = buckets.some(({ from, to }) => from !== to);
  return (
    <Card title={t(isWeekly ? `weekly.${by}` : `daily.${by}`)}>
      {error !== null && (
        <ErrorState error={error} onRetry={() => void refetch()} isRetrying={isFetching} />
      )}
      {error === null && isPending && <Skeleton className="h-[260px]" />}
      {error === null && !isPending && (
        <BarChart
          label={t(isWeekly ? `weekly.${by}` : `daily.${by}`)}
          labelsName={isWeekly ? t('weekFrom') : t('day')}
          labels={buckets.map(({ from }) => shortDayOf(from, i18n.language))}
          series={stacksOf(items).map(({ name, values }) => ({
            name: name || t('others'),
            values,
          }))}
          format={moneyOf}
          formatTick={roundMoneyOf}
          height={CHART_HEIGHT}
        />
      )}
    </Card>
  );
}
