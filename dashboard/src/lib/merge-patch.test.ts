import { expect, test } from 'vitest';
import { mergePatchOf } from './merge-patch';

test('only what differs is sent', () => {
  const before = { title: 'old', hook: 'same', style: { tone: 'calm', pace: 1 } };
  const after = { title: 'new', hook: 'same', style: { tone: 'calm', pace: 2 } };

  expect(mergePatchOf(before, after)).toEqual({ title: 'new', style: { pace: 2 } });
});

test('a list is replaced as a whole, and what is gone becomes null', () => {
  expect(mergePatchOf({ tags: ['a', 'b'], note: 'x' }, { tags: ['a'] })).toEqual({
    tags: ['a'],
    note: null,
  });
});

test('nothing is sent when nothing differs', () => {
  expect(mergePatchOf({ scenes: [{ text: 'a' }] }, { scenes: [{ text: 'a' }] })).toBeUndefined();
});
