import { useTranslation } from 'react-i18next';
import type { TrendDay } from '@/api/schema';
import { useTrends } from '@/api/trends';
import { Card } from '@/components/Card';
import { BarChart } from '@/components/charts/BarChart';
import { LineChart } from '@/components/charts/LineChart';
import { ErrorState } from '@/components/ErrorState';
import { Segmented } from '@/components/Segmented';
import { Loading, Skeleton } from '@/components/Skeleton';
import { countOf, moneyOf, roundMoneyOf } from '@/lib/money';
import { sumOf } from '@/lib/scale';
import { durationOf } from '@/lib/time';
import { shortDayOf } from '@/lib/zone';
import { Trend } from './Trend';

const GRID = 'grid gap-4 md:grid-cols-2 md:gap-6 xl:grid-cols-3';

interface TrendsProps {
  days: number;
  choices: readonly number[];
  onDays: (days: number) => void;
}

/** How runs went, what they cost and how long they took, day by day. */
export function Trends({ days, choices, onDays }: TrendsProps) {
  const { t } = useTranslation('dashboard');
  const { data, error, refetch, isFetching } = useTrends(days);
  return (
    <section aria-label={t('trends')} className="flex flex-col gap-3">
      <div className="flex items-center justify-between gap-3">
        <h2 className="text-lg font-semibold">{t('trends')}</h2>
        <Segmented
          label={t('trendDays')}
          value={days}
          options={choices.map((value) => ({ value, label: t('lastDays', { count: value }) }))}
          onChange={onDays}
        />
      </div>
      {data === undefined && error !== null && (
        <Card>
          <ErrorState error={error} onRetry={refetch} isRetrying={isFetching} />
        </Card>
      )}
      {data === undefined && error === null && <TrendsSkeleton />}
      {data && <Charts days={data.items} />}
    </section>
  );
}

function Charts({ days }: { days: readonly TrendDay[] }) {
  const { t, i18n } = useTranslation('dashboard');
  const chart = {
    labelsName: t('day'),
    labels: days.map(({ day }) => shortDayOf(day, i18n.language)),
  };
  const completed = days.map((day) => day.completed);
  const failed = days.map((day) => day.failed);
  const cancelled = days.map((day) => day.cancelled);
  const costs = days.map((day) => day.cost_usd);
  const durations = days.map((day) => day.avg_duration_s);
  const saved = sumOf(days.map((day) => day.money_saved_usd)) ?? 0;
  const cost = sumOf(costs);
  return (
    <div className={GRID}>
      <Trend
        title={t('successRate')}
        figure={rateOf(sumOf(completed) ?? 0, sumOf(failed) ?? 0)}
        isEmpty={[...completed, ...failed, ...cancelled].every((count) => count === 0)}
        emptyText={t('noRuns')}
      >
        <BarChart
          {...chart}
          label={t('runsByDay')}
          leastStep={1}
          format={countOf}
          series={[
            { name: t('success'), values: completed, colour: 'success' },
            { name: t('failed'), values: failed, colour: 'danger' },
            { name: t('cancelled'), values: cancelled, colour: 'neutral' },
          ]}
        />
      </Trend>
      <Trend
        title={t('cost')}
        figure={cost === null ? t('unknownCost', { ns: 'common' }) : moneyOf(cost)}
        hint={saved > 0 ? t('saved', { money: moneyOf(saved) }) : undefined}
        isEmpty={costs.every((each) => each === 0)}
        emptyText={t('noCost')}
      >
        <BarChart
          {...chart}
          label={t('costByDay')}
          format={moneyOf}
          formatTick={roundMoneyOf}
          series={[{ name: t('cost'), values: costs, colour: 'accent' }]}
        />
      </Trend>
      <Trend
        className="md:col-span-2 xl:col-span-1"
        title={t('averageDuration')}
        figure={durationOf(meanOf(days)) || '–'}
        isEmpty={durations.every((each) => each === null)}
        emptyText={t('noRuns')}
      >
        <LineChart
          {...chart}
          label={t('durationByDay')}
          format={durationOf}
          formatTick={(seconds) => durationOf(seconds).replace('.0s', 's')}
          series={[{ name: t('averageDuration'), values: durations, colour: 5 }]}
        />
      </Trend>
    </div>
  );
}

function TrendsSkeleton() {
  return (
    <Loading className={GRID}>
      {['success', 'cost', 'duration'].map((each) => (
        <Skeleton
          key={each}
          className="h-[338px] rounded-lg last:md:col-span-2 last:xl:col-span-1"
        />
      ))}
    </Loading>
  );
}

function rateOf(completed: number, failed: number): string {
  const ended = completed + failed;
  return ended === 0 ? '–' : `${Math.floor((completed / ended) * 100)}%`;
}

/** Over all runs, not over days. */
function meanOf(days: readonly TrendDay[]): number | null {
  const ended = days.reduce((sum, day) => sum + day.completed + day.failed, 0);
  const seconds = days.reduce(
    (sum, day) => sum + (day.avg_duration_s ?? 0) * (day.completed + day.failed),
    0,
  );
  return ended === 0 ? null : seconds / ended;
}
