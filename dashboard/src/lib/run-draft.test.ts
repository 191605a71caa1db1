import { expect, test } from 'vitest';
import { EMPTY_DRAFT, keptDraft, nextDraft, orderOf, orderSearch } from './run-draft';

const DRAFT = { ...EMPTY_DRAFT, topic: '  달은 왜 도는가 ', channel_id: 'demo', pipeline: 'video' };

test('what is left empty is left out of the order', () => {
  expect(orderOf(DRAFT)).toEqual({
    topic: '달은 왜 도는가',
    channel_id: 'demo',
    pipeline: 'video',
    aspect: '9:16',
    priority: 'normal',
    review: false,
    dry_run: false,
    requested_by: '',
  });
});

test('a deadline is typed in minutes', () => {
  expect(orderOf({ ...DRAFT, deadline_min: '1.5' }).deadline_s).toBe(90);
});

test('a draft that was kept comes back, without what does not fit', () => {
  expect(keptDraft(JSON.stringify(DRAFT))).toEqual(DRAFT);
  expect(keptDraft('{"topic": 3, "review": true}')).toEqual({ ...EMPTY_DRAFT, review: true });
  expect(keptDraft('not JSON')).toEqual(EMPTY_DRAFT);
  expect(keptDraft(null)).toEqual(EMPTY_DRAFT);
});

test('the next order begins like the last one, about something else', () => {
  const next = nextDraft({ ...DRAFT, aspect: '16:9', dry_run: true, deadline_min: '5' });

  expect(next).toEqual({ ...EMPTY_DRAFT, channel_id: 'demo', pipeline: 'video', aspect: '16:9' });
});

test('a schedule is handed the order without what is so anyway', () => {
  expect(orderSearch(orderOf({ ...DRAFT, review: true }))).toEqual({
    topic: '달은 왜 도는가',
    channel_id: 'demo',
    pipeline: 'video',
    aspect: '9:16',
    priority: 'normal',
    review: true,
  });
});
