import { useTranslation } from 'react-i18next';
import { Td, Th, Tr } from '@/components/Table';
import type { ChartProps } from './series';

/** The figures of a chart, the last place first; as high as the chart was. */
export function ChartTable({
  label,
  labelsName,
  labels,
  series,
  format,
  height,
}: ChartProps & { height: number }) {
  const { t } = useTranslation();
  const places = labels.map((_, index) => labels.length - 1 - index);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
    <section aria-label={label} tabIndex={0} className="overflow-auto" style={{ height }}>
      <table className="w-full border-collapse text-left text-sm">
        <caption className="sr-only">{label}</caption>
        <thead className="sticky top-0 bg-surface">
          <tr>
            <Th className="px-2">{labelsName}</Th>
            {series.map((each) => (
              <Th key={each.name} className="px-2 text-right">
                {each.name}
              </Th>
            ))}
          </tr>
        </thead>
        <tbody>
          {places.map((place) => (
            <Tr key={labels[place]}>
              <th scope="row" className="figures h-8 px-2 font-normal whitespace-nowrap">
                {labels[place]}
              </th>
              {series.map((each) => {
                const value = each.values[place] ?? null;
                return (
                  <Td key={each.name} className="figures h-8 px-2 py-0 text-right">
                    {value === null ? t('chart.unknown') : format(value)}
                  </Td>
                );
              })}
            </Tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
