import { expect, test } from 'vitest';
import { flag, number, oneOf, present, text } from './search';

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

test('a flag and a number are taken as the router reads them', () => {
  const search = { add: true, review: 'yes', deadline_s: 600, limit: -1 };

  expect(flag(search, 'add')).toBe(true);
  expect(flag(search, 'review')).toBeUndefined();
  expect(number(search, 'deadline_s')).toBe(600);
  expect(number(search, 'limit')).toBeUndefined();
});
