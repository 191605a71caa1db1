import type { RecordedEvent } from './run-feed';

export const EVENT_GROUPS = ['all', 'run', 'step', 'approval', 'failed'] as const;
export type EventGroup = (typeof EVENT_GROUPS)[number];

/** The events of a group in which all words of `text` stand somewhere. */
export function filtered(
  events: readonly RecordedEvent[],
  group: EventGroup,
  text: string,
): readonly RecordedEvent[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (group === 'all' && words.length === 0) {
    return events;
  }
  return events.filter((each) => isOf(group, each) && hasAll(words, each));
}

/** The step that an event is about; empty for one of the whole run. */
export function stepOf({ event }: RecordedEvent): string {
  return 'step' in event ? event.step : '';
}

function isOf(group: EventGroup, { event }: RecordedEvent): boolean {
  switch (group) {
    case 'all':
      return true;
    case 'failed':
      return event.type === 'step.failed' || event.type === 'run.failed';
    default:
      return event.type.startsWith(`${group}.`);
  }
}

function hasAll(words: readonly string[], each: RecordedEvent): boolean {
  if (words.length === 0) {
    return true;
  }
  const content = JSON.stringify(each.event).toLowerCase();
  return words.every((word) => content.includes(word));
}
