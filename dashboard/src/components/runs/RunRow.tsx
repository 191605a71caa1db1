import { Link } from '@tanstack/react-router';
import { memo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { RunSummary } from '@/api/schema';
import { Duration } from '@/components/Duration';
import { Money } from '@/components/Money';
import { RunStatusBadge } from '@/components/StatusBadge';
import { TimeAgo } from '@/components/TimeAgo';
import { classes } from '@/lib/classes';
import { RunMarks } from './RunMarks';
import { SelectBox } from './SelectBox';

export const ROW_GRID =
  'grid grid-cols-[2.75rem_6.5rem_minmax(0,1fr)_6.5rem_5.5rem_6.5rem] xl:grid-cols-[2.75rem_6.5rem_minmax(0,1fr)_7rem_6rem_6.5rem_6.5rem_5.5rem_6.5rem]';

export interface RunRowProps {
  run: RunSummary;
  isSelected: boolean;
  onToggle: (runId: string) => void;
}

/** One line of the table. The link of its topic covers all of it. */
export const RunRow = memo(function RunRow({ run, isSelected, onToggle }: RunRowProps) {
  const { t } = useTranslation('runs');
  return (
    <div role="presentation" className={classes(ROW_GRID, 'h-15 items-center')}>
      <Cell isBare>
        <SelectBox
          label={t('select', { topic: run.topic })}
          isOn={isSelected}
          onToggle={() => onToggle(run.run_id)}
        />
      </Cell>
      <Cell>
        <RunStatusBadge status={run.status} />
      </Cell>
      <Cell>
        <TopicLink run={run} className="block truncate font-medium" />
        <span className="flex items-center gap-x-3 truncate text-xs text-muted">
          <span className="truncate xl:hidden">
            {run.brand_name || run.channel_id} · {run.pipeline}
          </span>
          <RunMarks run={run} />
        </span>
      </Cell>
      <Cell isWideOnly>
        <span className="block truncate text-muted">{run.brand_name || run.channel_id}</span>
      </Cell>
      <Cell isWideOnly>
        <span className="block truncate text-muted">{run.pipeline}</span>
      </Cell>
      <Cell isWideOnly>
        <span className="block truncate text-muted">{run.current_agent ?? ''}</span>
      </Cell>
      <Cell>
        <span className="text-muted">
          <TimeAgo at={run.created_at} />
        </span>
      </Cell>
      <Cell isFigure>
        <Duration from={run.created_at} to={run.completed_at} />
      </Cell>
      <Cell isFigure>
        <Money usd={run.cost_usd} />
      </Cell>
    </div>
  );
});

export function TopicLink({ run, className }: { run: RunSummary; className: string }) {
  return (
    <Link
      to="/runs/$runId"
      params={{ runId: run.run_id }}
      tabIndex={-1}
      className={classes('after:absolute after:inset-0', className)}
    >
      {run.topic}
    </Link>
  );
}

interface CellProps {
  isHead?: boolean;
  isFigure?: boolean;
  /** Not where the window is narrow; what it says stands under the topic then. */
  isWideOnly?: boolean;
  isBare?: boolean;
  children: ReactNode;
}

export function Cell({ isHead, isFigure, isWideOnly, isBare, children }: CellProps) {
  return (
    <div
      role={isHead ? 'columnheader' : 'gridcell'}
      className={classes(
        'min-w-0',
        !isBare && 'px-2 last:pr-4',
        isFigure && 'text-right',
        isWideOnly && 'hidden xl:block',
      )}
    >
      {children}
    </div>
  );
}
