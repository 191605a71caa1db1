import { classes } from '@/lib/classes';
import { segmentsOf } from './segments';
import { type ChartColour, colourClass } from './series';

interface SparklineProps {
  /** What it shows, in words; the figures have to stand beside it or in a table. */
  label: string;
  values: readonly (number | null)[];
  height?: number;
  colour?: ChartColour;
}

/** How a figure went, small enough to stand beside it. */
export function Sparkline({ label, values, height = 24, colour = 'accent' }: SparklineProps) {
  const known = values.filter((value) => value !== null);
  const top = Math.max(...known, Number.MIN_VALUE);
  const last = Math.max(values.length - 1, 1);
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${last} 1`}
      preserveAspectRatio="none"
      className="w-full overflow-visible"
      style={{ height }}
    >
      {segmentsOf(values).map((segment) => (
        <polyline
          key={segment[0]?.place}
          points={segment.map(({ place, value }) => `${place},${1 - value / top}`).join(' ')}
          vectorEffect="non-scaling-stroke"
          strokeWidth={1.5}
          strokeLinejoin="round"
          strokeLinecap="round"
          className={classes(
            'fill-none stroke-current',
            colourClass({ name: label, values, colour }, 0),
          )}
        />
      ))}
    </svg>
  );
}
