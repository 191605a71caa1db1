import { expect, test } from 'vitest';
import { EMPTY_FEED, fed } from './run-feed';

const tokens = (text: string, attempt = 1) => ({
  id: null,
  type: 'live.tokens',
  data: JSON.stringify({ type: 'live.tokens', step: 'script', attempt, text }),
});

const recorded = (id: string, type: string) => ({
  id,
  type,
  data: JSON.stringify({ type, step: 'script', attempt: 1 }),
});

test('what a model writes is put together', () => {
  const feed = fed(fed(EMPTY_FEED, [tokens('하늘은 ')]), [tokens('파랗다')]);

  expect(feed.activities.script?.text).toBe('하늘은 파랗다');
  expect(feed.recorded).toBe(EMPTY_FEED.recorded);
});

test('another attempt begins anew, and a late word of the one before is dropped', () => {
  const feed = fed(EMPTY_FEED, [tokens('one'), tokens('two', 2), tokens('late', 1)]);

  expect(feed.activities.script).toMatchObject({ attempt: 2, text: 'two' });
});

test('a step that ended does nothing any more', () => {
  const feed = fed(EMPTY_FEED, [
    recorded('1', 'step.requested'),
    tokens('text'),
    recorded('2', 'step.completed'),
  ]);

  expect(feed.activities).toEqual({});
  expect(feed.recorded.map((each) => each.id)).toEqual(['1', '2']);
});
