import { expect, test } from 'vitest';
import { oneOf, present, text } from './search';

test('what stands in the address is taken when it makes sense', () => {
  const search = { text: 2026, status: 'failed', tab: 'nope', empty: '' };

  expect(text(search, 'text')).toBe('2026');
  expect(text(search, 'empty')).toBeUndefined();
  expect(oneOf(search, 'status', ['failed'])).toBe('failed');
  expect(oneOf(search, 'tab', ['script'])).toBeUndefined();
});

test('what is absent does not stand in the address', () => {
  expect(present({ a: 'x', b: undefined })).toEqual({ a: 'x' });
});
