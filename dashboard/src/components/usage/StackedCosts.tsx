import { useTranslation } from 'react-i18next';
import { useUsageByDay } from '@/api/usage-details';
import { Card } from '@/components/Card';
import { BarChart } from '@/components/charts/BarChart';
import { ErrorState } from '@/components/ErrorState';
import { Loading, Skeleton } from '@/components/Skeleton';
import { moneyOf, roundMoneyOf } from '@/lib/money';
import { bucketsOf, type Span } from '@/lib/period';
import { inBuckets, stacksOf } from '@/lib/stacks';
import { shortDayOf } from '@/lib/zone';

const CHART_HEIGHT = 200;

interface StackedCostsProps {
  by: 'agent' | 'model';
  /** Days of UTC. */
  span: Span;
  /** Which they are, where they are not those of the viewer. */
  hint: string | null;
}

/** What each agent or model has cost over time, one upon the other. */
export function StackedCosts({ by, span, hint }: StackedCostsProps) {
  const { t, i18n } = useTranslation('usage');
  const buckets = bucketsOf(span);
  const { data, error, isFetching, refetch } = useUsageByDay(by, span);
  const isWeekly = buckets.some(({ from, to }) => from !== to);
  return (
    <Card title={t(isWeekly ? `weekly.${by}` : `daily.${by}`)}>
      {data === undefined && error !== null && (
        <ErrorState error={error} onRetry={refetch} isRetrying={isFetching} />
      )}
      {data === undefined && error === null && (
        <Loading>
          <Skeleton className="h-[260px]" />
        </Loading>
      )}
      {data && (
        <BarChart
          label={t(isWeekly ? `weekly.${by}` : `daily.${by}`)}
          labelsName={isWeekly ? t('weekFrom') : t('day')}
          labels={buckets.map(({ from }) => shortDayOf(from, i18n.language))}
          series={stacksOf(inBuckets(data.items, buckets)).map(({ name, values }) => ({
            name: name || t('others'),
            values,
          }))}
          format={moneyOf}
          formatTick={roundMoneyOf}
          height={CHART_HEIGHT}
        />
      )}
      {hint && <p className="mt-3 text-xs text-muted">{t('utcChart', { hint })}</p>}
    </Card>
  );
}
