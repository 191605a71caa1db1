import { expect, test } from 'vitest';
import { ApiError } from './errors';
import { isAboutField } from './order-problems';

test('a refusal that is told at a field is known', () => {
  const unknown = new ApiError({ status: 404, type: 'urn:yaa:problem:unknown-channel' });
  const invalid = new ApiError({
    status: 422,
    type: 'urn:yaa:problem:invalid-request',
    errors: [{ field: 'deadline_s', message: 'is too large' }],
  });

  expect([unknown, invalid].every(isAboutField)).toBe(true);
});

test('what is about no field is told beside the button', () => {
  expect(isAboutField(ApiError.unreachable())).toBe(false);
});
