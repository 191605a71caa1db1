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
import { useIsWide } from '@/lib/media';
import { graphOf, type Place } from '@/lib/step-graph';

const WIDTH = 148;
const HEIGHT = 48;
/** Between one step and those that are built on it, and between those. */
const ALONG = 36;
const ALONG_UPRIGHT = 20;
const ACROSS = 16;

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

/**
 * Which step is built on which, and how far they are; a click leads to the step. From left to
 * right, from top to bottom where there is no room for that.
 */
export function StepGraph({ steps, selected, onSelect }: StepGraphProps) {
  const { t } = useTranslation('run');
  const isUpright = !useIsWide();
  const { places, edges, columns, rows } = graphOf(steps);
  const spots = spotsOf(places, isUpright);
  const byName = new Map(steps.map((step) => [step.step, step]));
  const along = isUpright ? ALONG_UPRIGHT : ALONG;
  const [across, down] = isUpright ? [rows, columns] : [columns, rows];
  const width = across * WIDTH + (across - 1) * (isUpright ? ACROSS : along);
  const height = down * HEIGHT + (down - 1) * (isUpright ? along : ACROSS);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
    <section className="overflow-x-auto p-4" aria-label={t('graph')} tabIndex={0}>
      <div className="relative mx-auto" style={{ width, height }}>
        <svg width={width} height={height} aria-hidden className="absolute inset-0">
          {edges.map(([from, to]) => (
            <path
              key={`${from}-${to}`}
              d={curve(spots.get(from), spots.get(to), isUpright)}
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
              name={place.step}
              spot={spots.get(place.step)}
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
  name: string;
  spot: Spot | undefined;
  step: StepView | undefined;
  isSelected: boolean;
  onSelect: (step: string) => void;
}

function GraphNode({ name, spot, step, isSelected, onSelect }: GraphNodeProps) {
  const { t } = useTranslation();
  const nameOf = useStepName();
  const status = step?.status ?? 'waiting';
  const { icon: Icon, colour } = LOOKS[status];
  return (
    <li className="absolute" style={{ left: spot?.x, top: spot?.y, width: WIDTH, height: HEIGHT }}>
      <button
        type="button"
        aria-pressed={isSelected}
        onClick={() => onSelect(name)}
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
          <span className="block truncate text-sm font-medium">{nameOf(name)}</span>
          <span className={classes('block truncate text-xs', colour)}>
            {t(`stepStatus.${status}`)}
          </span>
        </span>
      </button>
    </li>
  );
}

interface Spot {
  x: number;
  y: number;
}

/** Columns of fewer rows stand in the middle. */
function spotsOf(places: readonly Place[], isUpright: boolean): ReadonlyMap<string, Spot> {
  const rowsIn = (column: number) => places.filter((each) => each.column === column).length;
  const most = Math.max(...places.map(({ column }) => rowsIn(column)));
  return new Map(
    places.map(({ step, column, row }) => {
      const across = row + (most - rowsIn(column)) / 2;
      const spot = isUpright
        ? { x: across * (WIDTH + ACROSS), y: column * (HEIGHT + ALONG_UPRIGHT) }
        : { x: column * (WIDTH + ALONG), y: across * (HEIGHT + ACROSS) };
      return [step, spot];
    }),
  );
}

function curve(from: Spot | undefined, to: Spot | undefined, isUpright: boolean): string {
  if (from === undefined || to === undefined) {
    return '';
  }
  if (isUpright) {
    const [x1, y1, x2, y2] = [from.x + WIDTH / 2, from.y + HEIGHT, to.x + WIDTH / 2, to.y];
    const bend = (y2 - y1) / 2;
    return `M${x1} ${y1} C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`;
  }
  const [x1, y1, x2, y2] = [from.x + WIDTH, from.y + HEIGHT / 2, to.x, to.y + HEIGHT / 2];
  const bend = ALONG / 2;
  return `M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
}
