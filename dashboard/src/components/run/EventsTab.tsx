import { useVirtualizer } from '@tanstack/react-virtual';
import { Copy, ListX, ScrollText } from 'lucide-react';
import { useCallback, useDeferredValue, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '@/components/Button';
import { Card } from '@/components/Card';
import { EmptyState } from '@/components/EmptyState';
import { Select } from '@/components/Select';
import { SkeletonRows } from '@/components/Skeleton';
import { TextInput } from '@/components/TextInput';
import { copied } from '@/lib/clipboard';
import { EVENT_GROUPS, type EventGroup, filtered } from '@/lib/event-filter';
import { countOf } from '@/lib/money';
import type { RecordedEvent } from '@/lib/run-feed';
import { toast } from '@/lib/toasts';
import { EventRow } from './EventRow';

const ROW_HEIGHT = 41;

interface EventsTabProps {
  events: readonly RecordedEvent[];
  /** The log is still being read. */
  isLoading: boolean;
}

/** The log of a run as it is recorded; only the rows in sight are drawn. */
export function EventsTab({ events, isLoading }: EventsTabProps) {
  const { t } = useTranslation('run');
  const [group, setGroup] = useState<EventGroup>('all');
  const [text, setText] = useState('');
  const wanted = useDeferredValue(text);
  const shown = useMemo(() => filtered(events, group, wanted), [events, group, wanted]);
  return (
    <Card flush>
      <div className="flex flex-wrap items-center gap-2 border-b p-3">
        <TextInput
          type="search"
          value={text}
          onChange={(event) => setText(event.target.value)}
          aria-label={t('events.search')}
          placeholder={t('events.search')}
          className="min-w-40 flex-1 sm:max-w-xs"
        />
        <Select
          aria-label={t('events.group')}
          value={group}
          options={EVENT_GROUPS.map((value) => ({ value, label: t(`events.groups.${value}`) }))}
          onChange={setGroup}
          className="max-w-40"
        />
        <span className="figures ml-auto text-sm text-muted" role="status">
          {t('events.count', { shown: countOf(shown.length), all: countOf(events.length) })}
        </span>
        <CopyAll events={shown} />
      </div>
      {events.length === 0 && isLoading && <SkeletonRows rows={8} className="h-8" />}
      {events.length === 0 && !isLoading && (
        <EmptyState icon={ScrollText} title={t('events.empty')} hint={t('events.emptyHint')} />
      )}
      {events.length > 0 && shown.length === 0 && (
        <EmptyState icon={ListX} title={t('events.noMatch')} hint={t('events.noMatchHint')} />
      )}
      {shown.length > 0 && <EventList events={shown} />}
    </Card>
  );
}

function EventList({ events }: { events: readonly RecordedEvent[] }) {
  const { t } = useTranslation('run');
  const box = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const rows = useVirtualizer({
    count: events.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_HEIGHT,
    // Kept, as with another one all rows are measured anew.
    getItemKey: useCallback((index: number) => events[index]?.id ?? index, [events]),
    overscan: 12,
  });
  const toggle = useCallback(
    (id: string) =>
      setOpen((before) => {
        const after = new Set(before);
        return after.delete(id) ? after : after.add(id);
      }),
    [],
  );
  return (
    <section
      ref={box}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
      tabIndex={0}
      aria-label={t('events.list')}
      className="h-[min(36rem,65dvh)] overflow-y-auto -outline-offset-2"
    >
      <ol className="relative" style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map((row) => {
          const recorded = events[row.index];
          return (
            recorded && (
              <EventRow
                key={row.key}
                recorded={recorded}
                index={row.index}
                count={events.length}
                top={row.start}
                isOpen={open.has(recorded.id)}
                measure={rows.measureElement}
                onToggle={toggle}
              />
            )
          );
        })}
      </ol>
    </section>
  );
}

/** The text is made when it is asked for: it may be long. */
function CopyAll({ events }: { events: readonly RecordedEvent[] }) {
  const { t } = useTranslation('run');
  const copy = async () => {
    if (await copied(jsonLinesOf(events))) {
      toast('success', t('events.copied', { count: events.length }));
    }
  };
  return (
    <Button size="small" icon={Copy} disabled={events.length === 0} onClick={copy}>
      {t('events.copyAll')}
    </Button>
  );
}

function jsonLinesOf(events: readonly RecordedEvent[]): string {
  return events.map((each) => JSON.stringify(each.event)).join('\n');
}
