import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { classes } from '@/lib/classes';
import { type ChartSeries, colourClass } from './series';

interface ChartLegendProps {
  /** What the figures are of: a day, or all of them. */
  label: string;
  series: readonly ChartSeries[];
  values: readonly (number | null)[];
  format: (value: number) => string;
  /** At the end of the first line. */
  action: ReactNode;
}

/** The colours with their names, and the figures of the place that is looked at. */
export function ChartLegend({ label, series, values, format, action }: ChartLegendProps) {
  const { t } = useTranslation();
  return (
    <div className="min-w-0 text-xs">
      <div className="flex h-5 items-center justify-between gap-3">
        <p className="figures text-faint">{label}</p>
        {action}
      </div>
      <p className="mt-0.5 flex flex-wrap items-center gap-x-3 gap-y-0.5">
        {series.map((each, index) => {
          const value = values[index] ?? null;
          return (
            <span key={each.name} className="flex items-center gap-1.5">
              <span
                aria-hidden
                className={classes('size-2 rounded-xs bg-current', colourClass(each, index))}
              />
              <span className="text-muted">{each.name}</span>
              <span className="figures font-medium">
                {value === null ? t('chart.unknown') : format(value)}
              </span>
            </span>
          );
        })}
      </p>
    </div>
  );
}
