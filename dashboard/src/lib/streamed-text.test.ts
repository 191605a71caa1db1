import { expect, test } from 'vitest';
import { readable } from './streamed-text';

test('of JSON only the values are read, the last as far as it is written', () => {
  expect(readable('{"title": "하늘", "scenes": [{"text": "파란\\n빛", "note": "\\"왜\\"')).toBe(
    '하늘\n파란\n빛\n"왜"',
  );
  expect(readable('{"title": "하늘은 왜')).toBe('하늘은 왜');
});

test('a plain text stays as it is', () => {
  expect(readable('하늘은 "파랗다"')).toBe('하늘은 "파랗다"');
});
