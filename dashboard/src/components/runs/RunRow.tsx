import type { TFunction } from 'i18next';
import { type MouseEvent, type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { RunSummary } from '@/api/schema';
import { Duration } from '@/components/Duration';
import { RunStatusLabel } from '@/components/StatusBadge';
import { classes } from '@/lib/classes';
import { moneyOf } from '@/lib/money';
import { useNow } from '@/lib/now';
import { dateTimeOf, durationOf, relativeTimeOf, secondsBetween } from '@/lib/time';
import { RunMarks } from './RunMarks';
import { SelectBox } from './SelectBox';

export const ROW_GRID =
  'grid grid-cols-[2.75rem_7.5rem_minmax(0,1fr)_6.5rem_5.5rem_6.5rem] xl:grid-cols-[2.75rem_7.5rem_minmax(0,1fr)_8rem_7rem_6.5rem_5.5rem_6.5rem]';

/** What all rows say alike: asked for once and handed to each, of which many come with a flick. */
export interface RowWords {
  t: TFunction<['runs', 'common']>;
  language: string;
  now: number;
}

export function useRowWords(): RowWords {
  const { t, i18n } = useTranslation(['runs', 'common']);
  const now = useNow(30_000);
  return useMemo(() => ({ t, language: i18n.language, now }), [t, i18n.language, now]);
}

export interface RunRowProps {
  run: RunSummary;
  words: RowWords;
  isSelected: boolean;
  onToggle: (runId: string) => void;
  onOpen: (event: MouseEvent<HTMLAnchorElement>) => void;
}

/** The cells of one line of the table. The link of its topic covers all of it. */
export function RunRow({ run, words, isSelected, onToggle, onOpen }: RunRowProps) {
  const { t } = words;
  const channel = run.brand_name || run.channel_id;
  return (
    <>
      <SelectCell run={run} words={words} isSelected={isSelected} onToggle={onToggle} />
      <Cell className="flex px-2">
        <RunStatusLabel status={run.status} word={t(`common:runStatus.${run.status}`)} />
      </Cell>
      <Cell className="min-w-0 px-2">
        <TopicLink run={run} onOpen={onOpen} className="block truncate font-medium" />
        <span className="flex items-center gap-x-3 truncate text-xs text-muted">
          <span className="truncate xl:hidden">
            {channel} · {run.pipeline}
          </span>
          <RunMarks run={run} words={words} />
          {run.current_agent && <span className="truncate">{run.current_agent}</span>}
        </span>
      </Cell>
      <Cell className={WIDE_CELL}>{channel}</Cell>
      <Cell className={WIDE_CELL}>{run.pipeline}</Cell>
      <Cell className="truncate px-2 text-muted">
        <Started run={run} words={words} />
      </Cell>
      <Cell className="figures px-2 text-right">
        <Lasted run={run} />
      </Cell>
      <Cell className="figures pr-4 pl-2 text-right">
        <Cost run={run} words={words} />
      </Cell>
    </>
  );
}

const WIDE_CELL = 'hidden truncate px-2 text-muted xl:block';

type Told = Pick<RunRowProps, 'run' | 'words'>;

export function SelectCell(props: Omit<RunRowProps, 'onOpen'>) {
  const { run, words, isSelected, onToggle } = props;
  return (
    <Cell>
      <SelectBox
        label={words.t('select', { topic: run.topic })}
        isOn={isSelected}
        onToggle={() => onToggle(run.run_id)}
      />
    </Cell>
  );
}

interface TopicLinkProps extends Pick<RunRowProps, 'run' | 'onOpen'> {
  className: string;
}

/** A plain link: the router's own watches the address, which is much for each of many rows. */
export function TopicLink({ run, onOpen, className }: TopicLinkProps) {
  return (
    <a
      href={`/runs/${run.run_id}`}
      tabIndex={-1}
      onClick={onOpen}
      className={classes('after:absolute after:inset-0', className)}
    >
      {run.topic}
    </a>
  );
}

export function Started({ run, words }: Told) {
  return (
    <time dateTime={run.created_at} title={dateTimeOf(run.created_at, words.language)}>
      {relativeTimeOf(run.created_at, words.language, words.now)}
    </time>
  );
}

export function Lasted({ run }: Pick<RunRowProps, 'run'>) {
  return run.completed_at === null ? (
    <Duration from={run.created_at} to={null} />
  ) : (
    durationOf(secondsBetween(run.created_at, run.completed_at))
  );
}

export function Cost({ run, words }: Told) {
  return run.cost_usd === null ? (
    <span className="text-muted">{words.t('common:unknownCost')}</span>
  ) : (
    moneyOf(run.cost_usd)
  );
}

export function Cell({ className, children }: { className?: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: as the grid
    // biome-ignore lint/a11y/useFocusableInteractive: rows have the focus
    <div role="gridcell" className={className}>
      {children}
    </div>
  );
}
