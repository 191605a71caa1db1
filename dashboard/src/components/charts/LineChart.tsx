import { classes } from '@/lib/classes';
import { ticksTo } from '@/lib/scale';
import { ChartFrame } from './ChartFrame';
import { segmentsOf } from './segments';
import { type ChartProps, colourClass } from './series';

interface LineChartProps extends ChartProps {
  /** Where the axis ends, such as 1 for shares; else what the figures need. */
  highest?: number;
}

/** A line for each series; it is broken where a figure is missing. At rest the legend tells the last. */
export function LineChart({ highest, ...chart }: LineChartProps) {
  const { labels, series, leastStep = 0 } = chart;
  const known = series.flatMap((each) => each.values).filter((value) => value !== null);
  const ticks = ticksTo(highest ?? Math.max(...known, 0), 3, leastStep);
  const top = ticks.at(-1) ?? 1;
  const last = lastKnown(chart);
  return (
    <ChartFrame
      {...chart}
      ticks={ticks}
      atRest={{
        label: labels[last] ?? '',
        values: series.map((each) => each.values[last] ?? null),
      }}
    >
      {(active) => (
        <>
          <svg
            aria-hidden
            viewBox={`0 0 ${labels.length} 1`}
            preserveAspectRatio="none"
            className="absolute inset-0 size-full overflow-visible"
          >
            {series.map((each, index) =>
              segmentsOf(each.values).map((segment) => (
                <polyline
                  key={`${each.name}-${segment[0]?.place}`}
                  points={segment
                    .map(({ place, value }) => `${place + 0.5},${1 - value / top}`)
                    .join(' ')}
                  vectorEffect="non-scaling-stroke"
                  strokeWidth={2}
                  strokeLinejoin="round"
                  strokeLinecap="round"
                  className={classes('fill-none stroke-current', colourClass(each, index))}
                />
              )),
            )}
          </svg>
          {series.map((each, index) =>
            dotsOf(each.values, active).map(({ place, value }) => (
              <span
                key={`${each.name}-${place}`}
                aria-hidden
                className={classes(
                  'absolute size-2 -translate-x-1/2 translate-y-1/2 rounded-full border border-surface bg-current',
                  colourClass(each, index),
                )}
                style={{
                  left: `${((place + 0.5) / labels.length) * 100}%`,
                  bottom: `${(value / top) * 100}%`,
                }}
              />
            )),
          )}
        </>
      )}
    </ChartFrame>
  );
}

/** A figure without neighbours makes no line, and needs a dot; so does what is looked at. */
function dotsOf(values: readonly (number | null)[], active: number | null) {
  return segmentsOf(values).flatMap((segment) =>
    segment.length === 1 ? segment : segment.filter(({ place }) => place === active),
  );
}

function lastKnown({ labels, series }: ChartProps): number {
  for (let place = labels.length - 1; place > 0; place -= 1) {
    if (series.some((each) => (each.values[place] ?? null) !== null)) {
      return place;
    }
  }
  return 0;
}
