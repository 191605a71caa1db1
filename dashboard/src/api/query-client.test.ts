import { expect, test } from 'vitest';
import { ApiError } from './errors';
import { isWorthAnotherTry, waitBeforeTry } from './query-client';

test('a refusal is final, an outage is not', () => {
  expect(isWorthAnotherTry(0, new ApiError({ status: 404 }))).toBe(false);
  expect(isWorthAnotherTry(0, new ApiError({ status: 422 }))).toBe(false);
  expect(isWorthAnotherTry(0, new ApiError({ status: 429 }))).toBe(true);
  expect(isWorthAnotherTry(0, new ApiError({ status: 503 }))).toBe(true);
  expect(isWorthAnotherTry(0, ApiError.unreachable())).toBe(true);
  expect(isWorthAnotherTry(4, ApiError.unreachable())).toBe(false);
});

test('nobody asks sooner than the API said', () => {
  expect(waitBeforeTry(0, new ApiError({ status: 429 }, 9000))).toBe(9000);
  expect(waitBeforeTry(3, new ApiError({ status: 503 }, 2000))).toBe(8000);
});
