import { expect, test } from 'vitest';
import { ApiError } from './errors';

function refused(body: object, status: number, headers: Record<string, string> = {}) {
  return ApiError.of(
    new Response(JSON.stringify(body), {
      status,
      headers: { 'Content-Type': 'application/problem+json', ...headers },
    }),
  );
}

test('a problem document says which field is wrong', async () => {
  const error = await refused(
    {
      type: 'urn:yaa:problem:invalid-request',
      title: 'Unprocessable Content',
      detail: 'topic is missing: add it',
      request_id: 'r',
      errors: [{ field: 'topic', message: 'is missing: add it' }],
    },
    422,
  );

  expect(error).toMatchObject({ status: 422, kind: 'invalid-request', requestId: 'r' });
  expect(error.detail).toBe('topic is missing: add it');
  expect(error.fieldMessage('topic')).toBe('is missing: add it');
  expect(error.isTemporary).toBe(false);
});

test('an outage says when to ask again', async () => {
  const error = await refused({ type: 'urn:yaa:problem:unavailable' }, 503, { 'Retry-After': '2' });

  expect(error).toMatchObject({ isTemporary: true, retryAfterMs: 2000 });
});

test('only what another key would open is about the key', async () => {
  const about = async (kind: string, status: number) =>
    (await refused({ type: `urn:yaa:problem:${kind}` }, status)).isAboutKey;

  expect(await about('key-refused', 401)).toBe(true);
  expect(await about('scope-missing', 403)).toBe(true);
  expect(await about('address-refused', 401)).toBe(false);
  expect(await about('own-run', 403)).toBe(false);
});

test('an answer that is no problem document is told by its status', async () => {
  const error = await ApiError.of(new Response('<html>', { status: 502 }));

  expect(error).toMatchObject({ status: 502, isTemporary: true, detail: '' });
});
