import { RunStatusLabel } from '@/components/StatusBadge';
import { RunMarks } from './RunMarks';
import { Cell, Cost, Lasted, type RunRowProps, SelectCell, Started, TopicLink } from './RunRow';

/** A run on a phone: the same as a row, one below the other. */
export function RunCard({ run, words, isSelected, onToggle, onOpen }: RunRowProps) {
  return (
    <>
      <SelectCell run={run} words={words} isSelected={isSelected} onToggle={onToggle} />
      <Cell className="flex min-w-0 flex-1 flex-col gap-1">
        <TopicLink run={run} onOpen={onOpen} className="line-clamp-2 font-medium" />
        <span className="flex items-center gap-x-3 overflow-hidden text-xs text-muted">
          <RunStatusLabel status={run.status} word={words.t(`common:runStatus.${run.status}`)} />
          <RunMarks run={run} words={words} />
          <span className="truncate">
            {run.pipeline}
            {run.current_agent && ` · ${run.current_agent}`}
          </span>
        </span>
        <span className="flex items-center gap-x-2 text-sm text-muted">
          <span className="min-w-0 truncate">{run.brand_name || run.channel_id}</span>
          <span aria-hidden>·</span>
          <span className="shrink-0">
            <Started run={run} words={words} />
          </span>
          <span aria-hidden>·</span>
          <span className="figures shrink-0">
            <Lasted run={run} />
          </span>
          <span className="figures ml-auto shrink-0 text-text">
            <Cost run={run} words={words} />
          </span>
        </span>
      </Cell>
    </>
  );
}
