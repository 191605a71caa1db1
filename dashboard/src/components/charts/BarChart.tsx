import { useTranslation } from 'react-i18next';
import { classes } from '@/lib/classes';
import { sumOf, ticksTo } from '@/lib/scale';
import { ChartFrame } from './ChartFrame';
import { type ChartProps, type ChartSeries, colourClass } from './series';

/** A bar for each label, the series one upon the other. At rest the legend tells the sums. */
export function BarChart(chart: ChartProps) {
  const { t } = useTranslation();
  const { labels, series, leastStep = 0 } = chart;
  const sums = labels.map((_, place) => sumOf(series.map((each) => each.values[place] ?? null)));
  const ticks = ticksTo(Math.max(...sums.map((sum) => sum ?? 0), 0), 3, leastStep);
  const top = ticks.at(-1) ?? 1;
  return (
    <ChartFrame
      {...chart}
      ticks={ticks}
      atRest={{ label: t('chart.total'), values: series.map((each) => sumOf(each.values)) }}
    >
      {() => (
        <div aria-hidden className="absolute inset-0 flex">
          {labels.map((label, place) => (
            <span key={label} className="flex h-full flex-1 flex-col-reverse items-center gap-px">
              {segmentsOf(series, place).map(({ each, index, value }, position, all) => (
                <span
                  key={each.name}
                  className={classes(
                    'min-h-0.5 w-[68%] max-w-7 bg-current',
                    position === all.length - 1 && 'rounded-t-sm',
                    colourClass(each, index),
                  )}
                  style={{ height: `${(value / top) * 100}%` }}
                />
              ))}
            </span>
          ))}
        </div>
      )}
    </ChartFrame>
  );
}

function segmentsOf(series: readonly ChartSeries[], place: number) {
  return series
    .map((each, index) => ({ each, index, value: each.values[place] ?? 0 }))
    .filter(({ value }) => value > 0);
}
