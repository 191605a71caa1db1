export type ChartColour = 1 | 2 | 3 | 4 | 5 | 6 | 'accent' | 'success' | 'danger' | 'neutral';

/** Figures of one kind, one for each label of the chart; null is a figure that nobody knows. */
export interface ChartSeries {
  name: string;
  values: readonly (number | null)[];
  /** The colours of the charts in turn, unless it is said. */
  colour?: ChartColour;
}

export interface ChartProps {
  /** What the chart shows: its name for a screen reader and of its table. */
  label: string;
  /** What the first column of the table is called, such as "Day". */
  labelsName: string;
  /** One for each place from left to right, as it is shown, such as "Nov 3". */
  labels: readonly string[];
  series: readonly ChartSeries[];
  format: (value: number) => string;
  /** Writes the marks of the axis, which are round; as the figures unless it is said. */
  formatTick?: (value: number) => string;
  /** Of the plot, in pixels; 160 unless it is said. */
  height?: number;
  /** The smallest distance of two marks of the axis: 1 for counts. */
  leastStep?: number;
}

const CLASSES: Record<ChartColour, string> = {
  1: 'text-(color:--chart-1)',
  2: 'text-(color:--chart-2)',
  3: 'text-(color:--chart-3)',
  4: 'text-(color:--chart-4)',
  5: 'text-(color:--chart-5)',
  6: 'text-(color:--chart-6)',
  accent: 'text-(color:--chart-1)',
  success: 'text-(color:--chart-2)',
  danger: 'text-(color:--chart-6)',
  neutral: 'text-control',
};

const IN_TURN: readonly ChartColour[] = [1, 2, 3, 4, 5, 6];

/** Sets the colour that bars, lines and swatches of a series take over as `currentColor`. */
export function colourClass(series: ChartSeries, index: number): string {
  return CLASSES[series.colour ?? IN_TURN[index % IN_TURN.length] ?? 1];
}
