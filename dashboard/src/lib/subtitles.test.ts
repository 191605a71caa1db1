import { expect, test } from 'vitest';
import { webVttOf } from './subtitles';

test('times are written with a point, commas of the text stay', () => {
  const subRip = '1\n00:00:00,000 --> 00:00:01,500\n하나, 둘\n';

  expect(webVttOf(subRip)).toBe('WEBVTT\n\n1\n00:00:00.000 --> 00:00:01.500\n하나, 둘\n');
});
