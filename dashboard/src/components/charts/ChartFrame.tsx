import { ChartNoAxesColumn, Table2 } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '@/components/IconButton';
import { Axis } from './Axis';
import { ChartLegend } from './ChartLegend';
import { ChartTable } from './ChartTable';
import { Plot } from './Plot';
import type { ChartProps } from './series';

interface ChartFrameProps extends ChartProps {
  ticks: readonly number[];
  /** What the legend tells while no place is looked at. */
  atRest: { label: string; values: readonly (number | null)[] };
  /** Draws the figures into the plot; `active` is the place that is looked at. */
  children: (active: number | null) => ReactNode;
}

const HEIGHT = 160;
const LABELS_HEIGHT = 24;

/** What is around the figures of a chart: legend, axes, the place that is looked at, and a table. */
export function ChartFrame({
  ticks,
  atRest,
  children,
  height = HEIGHT,
  ...chart
}: ChartFrameProps) {
  const { t } = useTranslation();
  const [active, setActive] = useState<number | null>(null);
  const [isTable, setIsTable] = useState(false);
  const { label, labels, series, format } = chart;
  const looked = (place: number) => series.map((each) => each.values[place] ?? null);
  return (
    <figure aria-label={label} className="flex min-w-0 flex-col gap-3">
      <figcaption>
        <ChartLegend
          {...(active === null ? atRest : { label: labels[active] ?? '', values: looked(active) })}
          series={series}
          format={format}
          action={
            <IconButton
              icon={isTable ? ChartNoAxesColumn : Table2}
              label={isTable ? t('chart.asChart') : t('chart.asTable')}
              onClick={() => setIsTable(!isTable)}
              className="-mr-2"
            />
          }
        />
      </figcaption>
      {isTable ? (
        <ChartTable {...chart} height={height + LABELS_HEIGHT} />
      ) : (
        <Axis ticks={ticks} labels={labels} format={chart.formatTick ?? format} height={height}>
          <Plot
            label={label}
            count={labels.length}
            active={active}
            onActive={setActive}
            textOf={(place) => sentenceOf(chart, place, t('chart.unknown'))}
          >
            {children(active)}
          </Plot>
        </Axis>
      )}
    </figure>
  );
}

function sentenceOf(
  { labels, series, format }: ChartProps,
  place: number,
  unknown: string,
): string {
  const figures = series.map(({ name, values }) => {
    const value = values[place] ?? null;
    return `${name} ${value === null ? unknown : format(value)}`;
  });
  return `${labels[place] ?? ''}: ${figures.join(', ')}`;
}
