import { TriangleAlert, UserRoundCheck } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { PlannedStep } from '@/api/schema';
import { useStepName } from '@/components/step-names';
import { classes } from '@/lib/classes';
import { graphOf, type Place } from '@/lib/step-graph';

const WIDTH = 116;
const HEIGHT = 48;
const ALONG = 26;
const ACROSS = 14;

interface PlanGraphProps {
  steps: readonly PlannedStep[];
  /** From top to bottom, for a phone; else from left to right. */
  isUpright?: boolean;
}

/** What comes after what. The table below tells the same, and more. */
export function PlanGraph({ steps, isUpright = false }: PlanGraphProps) {
  const { t } = useTranslation('new-run');
  const nameOf = useStepName();
  const graph = graphOf(steps);
  const inColumn = (column: number) => graph.places.filter((each) => each.column === column).length;
  const topLeft = ({ column, row }: Place) => {
    const across = row + (graph.rows - inColumn(column)) / 2;
    return isUpright
      ? { x: across * (WIDTH + ACROSS), y: column * (HEIGHT + ALONG) }
      : { x: column * (WIDTH + ALONG), y: across * (HEIGHT + ACROSS) };
  };
  const spots = new Map(graph.places.map((place) => [place.step, topLeft(place)]));
  const [columns, rows] = isUpright ? [graph.rows, graph.columns] : [graph.columns, graph.rows];
  const width = columns * WIDTH + (columns - 1) * (isUpright ? ACROSS : ALONG);
  const height = rows * HEIGHT + (rows - 1) * (isUpright ? ALONG : ACROSS);
  return (
    <svg
      role="img"
      aria-label={t('graphLabel', { steps: steps.map(({ step }) => nameOf(step)).join(', ') })}
      width={width + 2}
      height={height + 2}
      viewBox={`-1 -1 ${width + 2} ${height + 2}`}
      className="mx-auto max-w-none shrink-0"
    >
      {graph.edges.map(([from, to]) => {
        const [start, end] = [spots.get(from), spots.get(to)];
        return (
          start &&
          end && (
            <path
              key={`${from}-${to}`}
              d={isUpright ? downward(start, end) : rightward(start, end)}
              className="fill-none stroke-border-strong"
              strokeWidth={1.5}
            />
          )
        );
      })}
      {steps.map((step) => (
        <foreignObject key={step.step} {...spots.get(step.step)} width={WIDTH} height={HEIGHT}>
          <Node step={step} name={nameOf(step.step)} />
        </foreignObject>
      ))}
    </svg>
  );
}

function Node({ step, name }: { step: PlannedStep; name: string }) {
  const asks = step.approval !== null && step.approval.asks !== false;
  return (
    <div
      className={classes(
        'flex h-full flex-col justify-center rounded-md border bg-raised px-2.5',
        step.agent_known ? 'border-border-strong' : 'border-dashed border-warning',
      )}
    >
      <span className="flex items-center gap-1.5 text-sm font-medium">
        <span className="min-w-0 flex-1 truncate">{name}</span>
        {asks && <UserRoundCheck size={13} className="shrink-0 text-warning" />}
        {!step.agent_known && <TriangleAlert size={13} className="shrink-0 text-warning" />}
      </span>
      <span className="truncate text-2xs text-muted">{step.agent}</span>
    </div>
  );
}

interface Spot {
  x: number;
  y: number;
}

function rightward(from: Spot, to: Spot): string {
  const [x1, y1, x2, y2] = [from.x + WIDTH, from.y + HEIGHT / 2, to.x, to.y + HEIGHT / 2];
  const middle = (x1 + x2) / 2;
  return `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
}

function downward(from: Spot, to: Spot): string {
  const [x1, y1, x2, y2] = [from.x + WIDTH / 2, from.y + HEIGHT, to.x + WIDTH / 2, to.y];
  const middle = (y1 + y2) / 2;
  return `M${x1} ${y1}C${x1} ${middle} ${x2} ${middle} ${x2} ${y2}`;
}
