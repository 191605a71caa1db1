import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { memo, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RunSummary } from '@/api/schema';
import { classes } from '@/lib/classes';
import { useIsWide } from '@/lib/media';
import { RunCard } from './RunCard';
import { ROW_GRID, RunRow, type RunRowProps, useRowWords } from './RunRow';
import { SelectBox } from './SelectBox';
import { useNewest } from './use-newest';
import { useOpening } from './use-opening';
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

/** All are as high as each other, in the viewer's size of text: none has to be measured. */
const ROW_REM = 3.75;
const CARD_REM = 8;
/** Rows beyond the window that are drawn, and that are left when the next page is asked for. */
const OVERSCAN = 6;
const NEAR_END = 100;
/** Bars over the top and the bottom of the window. */
const TOP_PX = 108;
const BOTTOM_PX = 88;

const COLUMNS = ['topic', 'channel', 'pipeline', 'started', 'duration', 'cost'] as const;
const HIDDEN_BELOW_XL = new Set<string>(['channel', 'pipeline']);
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
  const height = (isWide ? ROW_REM : CARD_REM) * pixelsOfRem();
  const virtualizer = useWindowVirtualizer({
    count: runs.length,
    estimateSize: () => height,
    // Kept, as with another one all rows are laid out anew.
    getItemKey: useCallback((index: number) => runs[index]?.run_id ?? index, [runs]),
    overscan: OVERSCAN,
    scrollMargin: top,
    scrollPaddingStart: TOP_PX,
    scrollPaddingEnd: BOTTOM_PX,
  });
  const rows = virtualizer.getVirtualItems();
  // biome-ignore lint/correctness/useExhaustiveDependencies: it does not notice another height by itself
  useLayoutEffect(() => virtualizer.measure(), [height]);
  const words = useRowWords();
  const onOpen = useOpening();
  const newestOf = useNewest({
    runs: props.isFresh ? [] : runs.slice(rows[0]?.index ?? 0, (rows.at(-1)?.index ?? -1) + 1),
    isMoving: virtualizer.isScrolling,
  });
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
        onFocus={({ target }) => onFocusRow(target)}
        style={{ height: virtualizer.getTotalSize() }}
      >
        {rows.map(({ index, key, start }) => {
          const run = runs[index];
          return (
            run && (
              <Line
                key={key}
                index={index}
                top={start - top}
                height={height}
                run={newestOf(run)}
                words={words}
                isWide={isWide}
                isActive={index === active}
                isSelected={props.selected.has(run.run_id)}
                onToggle={props.onToggle}
                onOpen={onOpen}
              />
            )
          );
        })}
      </div>
    </div>
  );
}

interface LineProps extends RunRowProps {
  index: number;
  top: number;
  height: number;
  isWide: boolean;
  isActive: boolean;
}

/** Drawn anew when something of its own changes: a tick of the wheel only adds and drops lines. */
const Line = memo(function Line(props: LineProps) {
  const { index, top, height, isWide, isActive, ...told } = props;
  const Cells = isWide ? RunRow : RunCard;
  return (
    // biome-ignore lint/a11y/useSemanticElements: as the grid
    <div
      data-index={index}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={told.isSelected}
      tabIndex={isActive ? 0 : -1}
      className={classes(
        'absolute inset-x-0 top-0 items-center border-b contain-content -outline-offset-2 last:border-b-0 hover:bg-hover aria-selected:bg-accent-soft',
        isWide ? ROW_GRID : 'flex pr-4',
      )}
      style={{ height, transform: `translateY(${top}px)` }}
    >
      <Cells {...told} />
    </div>
  );
});

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
          <HeadCell>{t('status')}</HeadCell>
          {COLUMNS.map((column) => (
            <HeadCell
              key={column}
              isFigure={FIGURES.has(column)}
              isWideOnly={HIDDEN_BELOW_XL.has(column)}
            >
              {t(column)}
            </HeadCell>
          ))}
        </>
      )}
    </div>
  );
}

interface HeadCellProps {
  isFigure?: boolean;
  /** Not where the window is narrow; what it says stands under the topic then. */
  isWideOnly?: boolean;
  children: string;
}

function HeadCell({ isFigure, isWideOnly, children }: HeadCellProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: as the grid
    // biome-ignore lint/a11y/useFocusableInteractive: nothing can be done with it
    <div
      role="columnheader"
      className={classes(
        'min-w-0 px-2 last:pr-4',
        isFigure && 'text-right',
        isWideOnly && 'hidden xl:block',
      )}
    >
      {children}
    </div>
  );
}

function pixelsOfRem(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
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
