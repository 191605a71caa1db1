import {
  Ban,
  CircleCheck,
  CircleDashed,
  CircleX,
  LoaderCircle,
  type LucideIcon,
  SkipForward,
  UserRoundCheck,
} from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { StepStatus, StepView } from '@/api/schema';
import { useStepName } from '@/components/step-names';
import { classes } from '@/lib/classes';
import { graphOf, type Place } from '@/lib/step-graph';

const WIDTH = 148;
const HEIGHT = 48;
const GAP_X = 36;
const GAP_Y = 16;

const LOOKS: Record<StepStatus, { icon: LucideIcon; colour: string; edge: string }> = {
  waiting: { icon: CircleDashed, colour: 'text-faint', edge: 'stroke-border-strong' },
  awaiting_approval: { icon: UserRoundCheck, colour: 'text-warning', edge: 'stroke-border-strong' },
  running: { icon: LoaderCircle, colour: 'text-info', edge: 'stroke-border-strong' },
  completed: { icon: CircleCheck, colour: 'text-success', edge: 'stroke-success' },
  skipped: { icon: SkipForward, colour: 'text-muted', edge: 'stroke-border-strong' },
  failed: { icon: CircleX, colour: 'text-danger', edge: 'stroke-danger' },
  cancelled: { icon: Ban, colour: 'text-muted', edge: 'stroke-border-strong' },
};

interface StepGraphProps {
  steps: readonly StepView[];
  selected: string | undefined;
  onSelect: (step: string) => void;
}

/** Which step is built on which, and how far they are; a click leads to the step. */
export function StepGraph({ steps, selected, onSelect }: StepGraphProps) {
  const { t } = useTranslation('run');
  const { places, edges, columns, rows } = graphOf(steps);
  const at = new Map(places.map((place) => [place.step, place]));
  const byName = new Map(steps.map((step) => [step.step, step]));
  const width = columns * (WIDTH + GAP_X) - GAP_X;
  const height = rows * (HEIGHT + GAP_Y) - GAP_Y;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
    <section className="overflow-x-auto p-4" aria-label={t('graph')} tabIndex={0}>
      <div className="relative mx-auto" style={{ width, height }}>
        <svg width={width} height={height} aria-hidden className="absolute inset-0">
          {edges.map(([from, to]) => (
            <path
              key={`${from}-${to}`}
              d={curve(at.get(from), at.get(to), rowsOf(places))}
              fill="none"
              strokeWidth={1.5}
              className={LOOKS[byName.get(from)?.status ?? 'waiting'].edge}
            />
          ))}
        </svg>
        <ol>
          {places.map((place) => (
            <GraphNode
              key={place.step}
              place={place}
              top={topOf(place, rowsOf(places))}
              step={byName.get(place.step)}
              isSelected={place.step === selected}
              onSelect={onSelect}
            />
          ))}
        </ol>
      </div>
    </section>
  );
}

interface GraphNodeProps {
  place: Place;
  top: number;
  step: StepView | undefined;
  isSelected: boolean;
  onSelect: (step: string) => void;
}

function GraphNode({ place, top, step, isSelected, onSelect }: GraphNodeProps) {
  const { t } = useTranslation();
  const nameOf = useStepName();
  const status = step?.status ?? 'waiting';
  const { icon: Icon, colour } = LOOKS[status];
  return (
    <li
      className="absolute"
      style={{ left: place.column * (WIDTH + GAP_X), top, width: WIDTH, height: HEIGHT }}
    >
      <button
        type="button"
        aria-pressed={isSelected}
        onClick={() => onSelect(place.step)}
        className={classes(
          'flex size-full items-center gap-2.5 rounded-md border bg-raised px-3 text-left transition-colors hover:bg-hover',
          isSelected ? 'border-accent' : 'border-border-strong',
          status === 'waiting' && 'border-dashed',
        )}
      >
        <Icon
          size={17}
          aria-hidden
          className={classes('shrink-0', colour, status === 'running' && 'animate-spin')}
        />
        <span className="min-w-0">
          <span className="block truncate text-sm font-medium">{nameOf(place.step)}</span>
          <span className={classes('block truncate text-xs', colour)}>
            {t(`stepStatus.${status}`)}
          </span>
        </span>
      </button>
    </li>
  );
}

type Rows = ReadonlyMap<number, number>;

function rowsOf(places: readonly Place[]): Rows {
  const rows = new Map<number, number>();
  for (const { column } of places) {
    rows.set(column, (rows.get(column) ?? 0) + 1);
  }
  return rows;
}

/** Columns of fewer rows stand in the middle. */
function topOf({ column, row }: Place, rows: Rows): number {
  const highest = Math.max(...rows.values());
  const spare = highest - (rows.get(column) ?? 1);
  return (row + spare / 2) * (HEIGHT + GAP_Y);
}

function curve(from: Place | undefined, to: Place | undefined, rows: Rows): string {
  if (from === undefined || to === undefined) {
    return '';
  }
  const x1 = from.column * (WIDTH + GAP_X) + WIDTH;
  const x2 = to.column * (WIDTH + GAP_X);
  const y1 = topOf(from, rows) + HEIGHT / 2;
  const y2 = topOf(to, rows) + HEIGHT / 2;
  const bend = GAP_X / 2;
  return `M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
}
