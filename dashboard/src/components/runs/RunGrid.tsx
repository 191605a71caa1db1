import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isOver, useRun } from '@/api/runs';
import type { RunSummary } from '@/api/schema';
import { classes } from '@/lib/classes';
import { useIsWide } from '@/lib/media';
import { RunCard } from './RunCard';
import { Cell, ROW_GRID, RunRow, type RunRowProps } from './RunRow';
import { SelectBox } from './SelectBox';
import { useRowKeys } from './use-row-keys';

interface RunGridProps {
  label: string;
  runs: readonly RunSummary[];
  hasMore: boolean;
  /** The list is asked for again by itself; otherwise each run in sight that goes on is. */
  isFresh: boolean;
  /** Asks for the next page; absent while nothing is to be asked for. */
  onNearEnd: (() => void) | undefined;
  selected: ReadonlySet<string>;
  isAllSelected: boolean;
  onToggle: (runId: string) => void;
  onToggleAll: () => void;
}

const ROW_PX = 61;
const CARD_PX = 121;
/** Rows beyond the window that are drawn, and that are left when the next page is asked for. */
const OVERSCAN = 6;
const NEAR_END = 15;
/** Bars over the top and the bottom of the window. */
const TOP_PX = 108;
const BOTTOM_PX = 88;

const COLUMNS = ['topic', 'channel', 'pipeline', 'agent', 'started', 'duration', 'cost'] as const;
const HIDDEN_BELOW_XL = new Set<string>(['channel', 'pipeline', 'agent']);
const FIGURES = new Set<string>(['duration', 'cost']);

/**
 * Runs as a table, as cards where there is no room for one. Only what is in sight is drawn, so
 * that ten thousand scroll as ten do.
 */
export function RunGrid(props: RunGridProps) {
  const { runs, onNearEnd } = props;
  const isWide = useIsWide();
  const body = useRef<HTMLDivElement>(null);
  const top = useTopOf(body);
  const virtualizer = useWindowVirtualizer({
    count: runs.length,
    estimateSize: () => (isWide ? ROW_PX : CARD_PX),
    // Kept, as with another one all rows are measured anew.
    getItemKey: useCallback((index: number) => runs[index]?.run_id ?? index, [runs]),
    overscan: OVERSCAN,
    scrollMargin: top,
    scrollPaddingStart: TOP_PX,
    scrollPaddingEnd: BOTTOM_PX,
  });
  const rows = virtualizer.getVirtualItems();
  const { active, onFocusRow } = useRowKeys({
    body,
    count: runs.length,
    show: (index) => virtualizer.scrollToIndex(index, { align: 'auto' }),
    open: (index) => body.current?.querySelector<HTMLElement>(`[data-index="${index}"] a`)?.click(),
    toggle: (index) => runs[index] && props.onToggle(runs[index].run_id),
  });

  const lastDrawn = rows.at(-1)?.index ?? 0;
  useEffect(() => {
    if (lastDrawn >= runs.length - NEAR_END) {
      onNearEnd?.();
    }
  }, [lastDrawn, runs.length, onNearEnd]);

  const Line = isWide ? RowLine : CardLine;
  return (
    // biome-ignore lint/a11y/useSemanticElements: rows out of sight are not there, which a table cannot say
    <div
      role="grid"
      aria-label={props.label}
      aria-rowcount={props.hasMore ? -1 : runs.length + 1}
      aria-multiselectable
      className="panel"
    >
      <Head isWide={isWide} {...props} />
      {/* biome-ignore lint/a11y/useSemanticElements: as the grid */}
      <div
        ref={body}
        role="rowgroup"
        className="relative"
        style={{ height: virtualizer.getTotalSize() }}
      >
        {rows.map(({ index, key, start }) => {
          const run = runs[index];
          return (
            run && (
              // biome-ignore lint/a11y/useSemanticElements: as the grid
              <div
                key={key}
                ref={virtualizer.measureElement}
                data-index={index}
                role="row"
                aria-rowindex={index + 2}
                aria-selected={props.selected.has(run.run_id)}
                tabIndex={index === active ? 0 : -1}
                onFocus={() => onFocusRow(index)}
                className="absolute inset-x-0 top-0 border-b -outline-offset-2 last:border-b-0 hover:bg-hover aria-selected:bg-accent-soft"
                style={{ transform: `translateY(${start - top}px)` }}
              >
                <Line
                  run={run}
                  isFollowed={!props.isFresh && !isOver(run.status)}
                  isSelected={props.selected.has(run.run_id)}
                  onToggle={props.onToggle}
                />
              </div>
            )
          );
        })}
      </div>
    </div>
  );
}

interface LineProps extends RunRowProps {
  isFollowed: boolean;
}

function RowLine({ run, isFollowed, ...rest }: LineProps) {
  const { data } = useRun(run.run_id, { isOn: isFollowed });
  return <RunRow {...rest} run={(isFollowed && data) || run} />;
}

function CardLine({ run, isFollowed, ...rest }: LineProps) {
  const { data } = useRun(run.run_id, { isOn: isFollowed });
  return <RunCard {...rest} run={(isFollowed && data) || run} />;
}

function Head({
  isWide,
  isAllSelected,
  selected,
  onToggleAll,
}: RunGridProps & { isWide: boolean }) {
  const { t } = useTranslation('runs');
  return (
    // biome-ignore lint/a11y/useSemanticElements: as the grid
    // biome-ignore lint/a11y/useFocusableInteractive: its box is
    <div
      role="row"
      aria-rowindex={1}
      className={classes(
        'sticky top-14 z-10 h-10 items-center rounded-t-lg border-b bg-surface text-xs font-medium text-muted',
        isWide ? ROW_GRID : 'flex',
      )}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: as the grid */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: its box is */}
      <div role="columnheader" className="flex items-center">
        <SelectBox
          label={t('selectAll')}
          isOn={isAllSelected}
          isPartly={selected.size > 0 && !isAllSelected}
          onToggle={onToggleAll}
          isTabStop
        />
        {!isWide && <span aria-hidden>{t('selectAll')}</span>}
      </div>
      {isWide && (
        <>
          <Cell isHead>{t('status')}</Cell>
          {COLUMNS.map((column) => (
            <Cell
              key={column}
              isHead
              isFigure={FIGURES.has(column)}
              isWideOnly={HIDDEN_BELOW_XL.has(column)}
            >
              {t(column)}
            </Cell>
          ))}
        </>
      )}
    </div>
  );
}

/** Where an element begins in the document, measured anew whenever something is drawn above it. */
function useTopOf(ref: { current: HTMLElement | null }): number {
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    const measure = () => {
      const box = ref.current?.getBoundingClientRect();
      setTop(Math.round((box?.top ?? 0) + window.scrollY));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [ref]);
  return top;
}
