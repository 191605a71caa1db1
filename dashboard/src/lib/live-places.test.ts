import { expect, test } from 'vitest';
import { type LivePlace, placed } from './live-places';
import type { StepActivity } from './run-feed';

const working = (...steps: string[]): Record<string, StepActivity> =>
  Object.fromEntries(
    steps.map((step) => [
      step,
      { attempt: 1, text: step, fraction: null, note: '', calls: 0, startedAt: null },
    ]),
  );

const told = (places: readonly LivePlace[]) =>
  places.map(({ step, isOver }) => (isOver ? `(${step})` : step));

const after = (...moments: string[][]) =>
  told(
    moments.reduce<readonly LivePlace[]>(
      (places, steps) => placed(places, working(...steps), 3),
      [],
    ),
  );

test('a step stays where it is when the one beside it ends', () => {
  expect(after(['seo', 'media'], ['media'])).toEqual(['(seo)', 'media']);
});

test('a step that begins takes the place of one that has ended', () => {
  expect(after(['seo', 'media'], ['media'], ['media', 'voice'])).toEqual(['voice', 'media']);
});

test('a step that begins while none has ended stands behind them', () => {
  expect(after(['seo'], ['seo', 'media'])).toEqual(['seo', 'media']);
});

test('what was done last stays until something else begins, which has the room alone', () => {
  expect(after(['seo', 'media'], [])).toEqual(['(seo)', '(media)']);
  expect(after(['seo', 'media'], [], ['edit'])).toEqual(['edit']);
});

test('a step that begins again has its place again', () => {
  expect(after(['seo', 'media'], ['media'], ['media', 'seo'])).toEqual(['seo', 'media']);
});

test('a step that found no place takes the first one that is left', () => {
  const four = ['one', 'two', 'three', 'four'];

  expect(after(four)).toEqual(['one', 'two', 'three']);
  expect(after(four, ['one', 'three', 'four'])).toEqual(['one', 'four', 'three']);
});
