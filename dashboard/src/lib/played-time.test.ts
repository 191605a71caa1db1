import { expect, test } from 'vitest';
import { playedTimeOf } from './played-time';

test('the length of a video is told as players do', () => {
  expect(playedTimeOf(31.5)).toBe('0:32');
  expect(playedTimeOf(125)).toBe('2:05');
  expect(playedTimeOf(3725)).toBe('1:02:05');
});
