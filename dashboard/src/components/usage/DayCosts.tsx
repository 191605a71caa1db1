import { ChartColumn } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { TrendDay } from '@/api/schema';
import { useTrendsBetween } from '@/api/trends';
import { Card } from '@/components/Card';
import { BarChart } from '@/components/charts/BarChart';
import { EmptyState } from '@/components/EmptyState';
import { ErrorState } from '@/components/ErrorState';
import { Money } from '@/components/Money';
import { Loading, Skeleton } from '@/components/Skeleton';
import { Table, Td, Th, Tr } from '@/components/Table';
import { classes } from '@/lib/classes';
import { countOf, moneyOf, roundMoneyOf } from '@/lib/money';
import { dayAfter, type Span } from '@/lib/period';
import { shortDayOf } from '@/lib/zone';
import { CsvButton } from './CsvButton';

const CHART_HEIGHT = 200;

/** What each day has cost and saved, in the viewer's zone. */
export function DayCosts({ span }: { span: Span }) {
  const { t, i18n } = useTranslation('usage');
  const { data, error, refetch, isFetching } = useTrendsBetween(span.from, dayAfter(span.to, 1));
  const days = data?.items ?? [];
  const used = days.filter(isUsed).reverse();
  if (data === undefined && error !== null) {
    return (
      <Card>
        <ErrorState error={error} onRetry={refetch} isRetrying={isFetching} />
      </Card>
    );
  }
  if (data === undefined) {
    return (
      <Loading>
        <Skeleton className="h-[310px] rounded-lg" />
      </Loading>
    );
  }
  if (used.length === 0) {
    return (
      <Card>
        <EmptyState icon={ChartColumn} title={t('empty')} hint={t('emptyHint')} />
      </Card>
    );
  }
  return (
    <>
      <Card title={t('costByDay')}>
        <BarChart
          label={t('costByDay')}
          labelsName={t('day')}
          labels={days.map(({ day }) => shortDayOf(day, i18n.language))}
          series={[
            { name: t('paid'), values: days.map((day) => day.cost_usd) },
            { name: t('saved'), values: days.map((day) => day.money_saved_usd), colour: 'success' },
          ]}
          format={moneyOf}
          formatTick={roundMoneyOf}
          height={CHART_HEIGHT}
        />
      </Card>
      <DayTable span={span} days={used} />
    </>
  );
}

function DayTable({ span, days }: { span: Span; days: readonly TrendDay[] }) {
  const { t, i18n } = useTranslation('usage');
  const heads = [t('day'), t('cost'), t('saved'), t('runs'), t('completed'), t('failed')];
  return (
    <Card
      flush
      title={t('dayTable')}
      action={
        <CsvButton
          name={`usage-day-${span.from}-${span.to}`}
          rows={() => [
            heads,
            ...days.map((day) => [
              day.day,
              day.cost_usd,
              day.money_saved_usd,
              day.requested,
              day.completed,
              day.failed,
            ]),
          ]}
        />
      }
    >
      <Table label={t('dayTable')}>
        <thead>
          <tr>
            {heads.map((head, index) => (
              <Th
                key={head}
                className={classes(index > 0 && 'text-right', index > 2 && 'max-md:hidden')}
              >
                {head}
              </Th>
            ))}
          </tr>
        </thead>
        <tbody>
          {days.map((day) => (
            <Tr key={day.day}>
              <Td className="figures whitespace-nowrap">{longDayOf(day.day, i18n.language)}</Td>
              <Td className="text-right font-medium">
                <Money usd={day.cost_usd} />
              </Td>
              <Td className="text-right">
                <Money usd={day.money_saved_usd} />
              </Td>
              {[day.requested, day.completed, day.failed].map((count, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: the columns stay where they are
                <Td key={index} className="figures text-right text-muted max-md:hidden">
                  {countOf(count)}
                </Td>
              ))}
            </Tr>
          ))}
        </tbody>
      </Table>
    </Card>
  );
}

function isUsed(day: TrendDay): boolean {
  return day.cost_usd !== 0 || day.money_saved_usd !== 0 || day.requested > 0;
}

function longDayOf(day: string, language: string): string {
  return new Intl.DateTimeFormat(language, {
    dateStyle: 'medium',
    timeZone: 'UTC',
  }).format(new Date(`${day}T00:00:00Z`));
}
