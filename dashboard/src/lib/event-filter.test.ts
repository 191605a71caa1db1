import { expect, test } from 'vitest';
import { filtered } from './event-filter';
import type { RecordedEvent } from './run-feed';

const event = (id: string, fields: object) => ({ id, event: fields }) as unknown as RecordedEvent;
const EVENTS = [
  event('1', { type: 'run.requested', topic: '하늘' }),
  event('2', { type: 'step.requested', step: 'script' }),
  event('3', { type: 'step.failed', step: 'script', error: { message: 'Overloaded' } }),
];

const idsOf = (events: readonly RecordedEvent[]) => events.map((each) => each.id);

test('a group holds the events of its kind', () => {
  expect(idsOf(filtered(EVENTS, 'step', ''))).toEqual(['2', '3']);
  expect(idsOf(filtered(EVENTS, 'failed', ''))).toEqual(['3']);
});

test('each word has to stand somewhere, in whatever case', () => {
  expect(idsOf(filtered(EVENTS, 'all', 'script OVERLOADED'))).toEqual(['3']);
  expect(filtered(EVENTS, 'all', ' ')).toBe(EVENTS);
});
