import { expect, test } from 'vitest';
import { draftOf, scheduleOf } from './draft';

test('an order from the address is scheduled as it was', () => {
  const draft = draftOf({ topic: ' 달 ', channel_id: 'demo', review: true }, 'Asia/Seoul');

  expect(scheduleOf({ ...draft, pipeline: 'video' })).toEqual({
    name: '',
    cron: '0 9 * * *',
    tz: 'Asia/Seoul',
    on_missed: 'run_once',
    order: {
      topic: '달',
      channel_id: 'demo',
      pipeline: 'video',
      aspect: '9:16',
      priority: 'normal',
      dry_run: false,
      review: true,
      requested_by: '',
    },
  });
});

test('a language and a deadline go with the order, the deadline in minutes', () => {
  const draft = draftOf({ language: 'en', deadline_s: 90 }, 'UTC');

  expect(draft.deadlineMin).toBe('1.5');
  expect(scheduleOf(draft).order).toMatchObject({ language: 'en', deadline_s: 90 });
  expect(scheduleOf({ ...draft, deadlineMin: '10' }).order.deadline_s).toBe(600);
});

test('one time is sent as it was written, in its zone', () => {
  const draft = { ...draftOf({}, 'UTC'), isOnce: true, at: '2026-12-01T09:00' };

  expect(scheduleOf(draft)).toMatchObject({ at: '2026-12-01T09:00', tz: 'UTC' });
  expect(scheduleOf(draft).cron).toBeUndefined();
});
