import { useTranslation } from 'react-i18next';
import type { TrendDay } from '@/api/schema';
import { useTrends } from '@/api/trends';
import { Card } from '@/components/Card';
import { BarChart } from '@/components/charts/BarChart';
import { LineChart } from '@/components/charts/LineChart';
import { ErrorState } from '@/components/ErrorState';
import { useChannelOptions, usePipelineOptions } from '@/components/run-options';
import { Segmented } from '@/components/Segmented';
import { Select } from '@/components/Select';
import { Loading, Skeleton } from '@/components/Skeleton';
import { countOf, moneyOf, roundMoneyOf } from '@/lib/money';
import { sumOf } from '@/lib/scale';
import { present } from '@/lib/search';
import { durationOf } from '@/lib/time';
import { shortDayOf } from '@/lib/zone';
import { Trend } from './Trend';

const GRID = 'grid gap-4 md:grid-cols-2 md:gap-6 xl:grid-cols-3';

/** Every one, and one: there is nothing to choose. */
const ONLY_ONE = 2;

/** How far they go back, and whose they are: all channels and pipelines where none is named. */
export interface TrendSearch {
  days: number;
  channel_id?: string | undefined;
  pipeline?: string | undefined;
}

interface TrendsProps {
  search: TrendSearch;
  choices: readonly number[];
  onChange: (search: TrendSearch) => void;
}

/** How runs went, what they cost and how long they took, day by day. */
export function Trends({ search, choices, onChange }: TrendsProps) {
  const { t } = useTranslation('dashboard');
  const { days, ...whose } = search;
  const { data, error, refetch, isFetching } = useTrends(days, present(whose));
  return (
    <section aria-label={t('trends')} className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-3">
        <h2 className="mr-auto text-lg font-semibold">{t('trends')}</h2>
        <WhoseTrends search={search} onChange={onChange} />
        <Segmented
          label={t('trendDays')}
          value={days}
          options={choices.map((value) => ({ value, label: t('lastDays', { count: value }) }))}
          onChange={(next) => onChange({ ...search, days: next })}
        />
      </div>
      {data === undefined && error !== null && (
        <Card>
          <ErrorState error={error} onRetry={refetch} isRetrying={isFetching} />
        </Card>
      )}
      {data === undefined && error === null && <TrendsSkeleton />}
      {data && <Charts days={data.items} isOfAll={Object.keys(present(whose)).length === 0} />}
    </section>
  );
}

function WhoseTrends({ search, onChange }: Pick<TrendsProps, 'search' | 'onChange'>) {
  const { t } = useTranslation('runs');
  const channels = useChannelOptions(search.channel_id);
  const pipelines = usePipelineOptions(search.pipeline);
  return (
    <>
      {channels.length > ONLY_ONE && (
        <Select
          className="max-w-44"
          aria-label={t('channel')}
          value={search.channel_id ?? ''}
          options={channels}
          onChange={(value) => onChange({ ...search, channel_id: value || undefined })}
        />
      )}
      {pipelines.length > ONLY_ONE && (
        <Select
          className="max-w-44"
          aria-label={t('pipeline')}
          value={search.pipeline ?? ''}
          options={pipelines}
          onChange={(value) => onChange({ ...search, pipeline: value || undefined })}
        />
      )}
    </>
  );
}

interface ChartsProps {
  days: readonly TrendDay[];
  /** What runs cost is known of all of them together. */
  isOfAll: boolean;
}

function Charts({ days, isOfAll }: ChartsProps) {
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
  const paid = cost === null ? t('unknownCost', { ns: 'common' }) : moneyOf(cost);
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
        figure={isOfAll ? paid : '–'}
        hint={saved > 0 ? t('saved', { money: moneyOf(saved) }) : undefined}
        isEmpty={!isOfAll || costs.every((each) => each === 0)}
        emptyText={t(isOfAll ? 'noCost' : 'costOfAll')}
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
