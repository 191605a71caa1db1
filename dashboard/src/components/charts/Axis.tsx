import type { ReactNode } from 'react';
import { classes } from '@/lib/classes';
import { labelledPlaces } from '@/lib/scale';

interface AxisProps {
  ticks: readonly number[];
  labels: readonly string[];
  format: (value: number) => string;
  height: number;
  children: ReactNode;
}

const MOST_LABELS = 4;
/** From so many places on, a label in the middle of its place would hang over the edge. */
const NARROW = 10;

/** Marks and lines for the height, labels below: the plot lies between. */
export function Axis({ ticks, labels, format, height, children }: AxisProps) {
  const count = labels.length;
  return (
    <div className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 pt-1.5">
      <div
        aria-hidden
        className="figures flex flex-col-reverse justify-between text-2xs text-faint"
        style={{ height }}
      >
        {ticks.map((tick) => (
          <span key={tick} className="flex h-0 items-center justify-end">
            {format(tick)}
          </span>
        ))}
      </div>
      <div className="relative" style={{ height }}>
        <div aria-hidden className="absolute inset-0 flex flex-col justify-between">
          {ticks.map((tick, index) => (
            <span
              key={tick}
              className={classes(
                'h-0 border-t',
                index === ticks.length - 1 ? 'border-border-strong' : 'border-border',
              )}
            />
          ))}
        </div>
        {children}
      </div>
      <span />
      <div aria-hidden className="figures relative h-6 text-2xs text-faint">
        {labelledPlaces(count, MOST_LABELS, NARROW).map((place) => (
          <span
            key={place}
            className={classes('absolute top-2 whitespace-nowrap', alignment(place, count))}
            style={{ left: `${((place + 0.5) / count) * 100}%` }}
          >
            {labels[place]}
          </span>
        ))}
      </div>
    </div>
  );
}

function alignment(place: number, count: number): string {
  if (count > NARROW && place === 0) {
    return '-translate-x-1';
  }
  return count > NARROW && place === count - 1
    ? '-translate-x-[calc(100%-0.25rem)]'
    : '-translate-x-1/2';
}
