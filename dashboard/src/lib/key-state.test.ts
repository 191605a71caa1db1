import { expect, test } from 'vitest';
import { keyStateOf } from './key-state';

const NOW = Date.parse('2026-11-29T00:00:00Z');
const KEY = { is_active: true, expires_at: null, deactivated_at: null };

test('a key without an end is active', () => {
  expect(keyStateOf(KEY, NOW)).toBe('active');
  expect(keyStateOf({ ...KEY, expires_at: '2026-12-29T00:00:00Z' }, NOW)).toBe('active');
});

test('one that ends within a week is told of', () => {
  expect(keyStateOf({ ...KEY, expires_at: '2026-12-03T00:00:00Z' }, NOW)).toBe('expiring');
});

test('one that opens nothing any more says why', () => {
  const off = { ...KEY, is_active: false };

  expect(keyStateOf({ ...off, expires_at: '2026-11-01T00:00:00Z' }, NOW)).toBe('expired');
  expect(keyStateOf({ ...off, deactivated_at: '2026-11-01T00:00:00Z' }, NOW)).toBe('deactivated');
});
