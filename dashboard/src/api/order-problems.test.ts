import { expect, test } from 'vitest';
import { ApiError } from './errors';
import { isAboutField, orderProblem } from './order-problems';

const sentence = ({ message }: Error) => message;

test('a refusal is told at the field that it is about', () => {
  const unknown = new ApiError({
    status: 404,
    type: 'urn:yaa:problem:unknown-channel',
    detail: "there is no channel 'gone'",
  });
  const invalid = new ApiError({
    status: 422,
    type: 'urn:yaa:problem:invalid-request',
    errors: [{ field: 'deadline_s', message: 'is too large' }],
  });

  expect(orderProblem(unknown, 'channel_id', sentence)).toBe("there is no channel 'gone'");
  expect(orderProblem(unknown, 'topic', sentence)).toBeUndefined();
  expect(orderProblem(invalid, 'deadline_s', sentence)).toBe('is too large');
  expect([unknown, invalid].every(isAboutField)).toBe(true);
});

test('what is about no field is told beside the button', () => {
  expect(isAboutField(ApiError.unreachable())).toBe(false);
  expect(orderProblem(null, 'topic', sentence)).toBeUndefined();
});
