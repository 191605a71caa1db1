import { ChevronRight } from 'lucide-react';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { CopyButton } from '@/components/CopyButton';
import { classes } from '@/lib/classes';
import { stepOf } from '@/lib/event-filter';
import type { RecordedEvent } from '@/lib/run-feed';
import { clockOf } from '@/lib/time';

interface EventRowProps {
  recorded: RecordedEvent;
  index: number;
  count: number;
  top: number;
  isOpen: boolean;
  measure: (row: HTMLElement | null) => void;
  onToggle: (id: string) => void;
}

const COLOURS: Record<string, string> = {
  'run.completed': 'text-success',
  'run.failed': 'text-danger',
  'step.completed': 'text-success',
  'step.failed': 'text-danger',
  'approval.requested': 'text-warning',
  'approval.decided': 'text-warning',
};

/** One line of the log; as it is recorded when it is opened. */
export const EventRow = memo(function EventRow(props: EventRowProps) {
  const { recorded, index, count, top, isOpen, measure, onToggle } = props;
  const { t, i18n } = useTranslation('run');
  const { id, event } = recorded;
  return (
    <li
      data-index={index}
      ref={measure}
      aria-setsize={count}
      aria-posinset={index + 1}
      className="absolute inset-x-0 top-0 border-b contain-content"
      style={{ transform: `translateY(${top}px)` }}
    >
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={() => onToggle(id)}
        className="flex h-10 w-full items-center gap-3 px-3 text-left text-sm -outline-offset-2 hover:bg-hover"
      >
        <ChevronRight
          size={14}
          aria-hidden
          className={classes('shrink-0 text-muted', isOpen && 'rotate-90')}
        />
        <span className="figures w-10 shrink-0 text-right text-xs text-faint max-sm:hidden">
          {id}
        </span>
        <time dateTime={event.at} className="figures w-24 shrink-0 text-xs text-muted">
          {clockOf(event.at, i18n.language)}
        </time>
        <code className={classes('shrink-0 font-mono text-xs', COLOURS[event.type])}>
          {event.type}
        </code>
        <span className="truncate text-muted">{gistOf(recorded)}</span>
      </button>
      {isOpen && (
        <div className="flex items-start gap-2 bg-sunken py-1 pr-1 pl-9">
          <pre className="max-h-80 min-w-0 flex-1 overflow-auto py-2 font-mono text-xs whitespace-pre-wrap">
            {JSON.stringify(event, null, 2)}
          </pre>
          <CopyButton text={JSON.stringify(event, null, 2)} label={t('events.copyOne')} />
        </div>
      )}
    </li>
  );
});

function gistOf(recorded: RecordedEvent): string {
  const { event } = recorded;
  const parts = [stepOf(recorded)];
  if ('attempt' in event && event.attempt > 1) {
    parts.push(`#${event.attempt}`);
  }
  if ('error' in event) {
    parts.push(`${event.error.error}: ${event.error.message}`);
  }
  if ('reason' in event) {
    parts.push(event.reason);
  }
  if (event.type === 'approval.decided') {
    parts.push(event.decision, event.comment);
  }
  return parts.filter(Boolean).join(' · ');
}
