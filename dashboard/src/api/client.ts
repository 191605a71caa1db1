import createClient, { type Middleware } from 'openapi-fetch';
import { ApiError } from './errors';
import { apiKey, keyHeaders, keyTrouble } from './key';
import type { paths } from './schema';

/** Where the API is; empty: where the page came from. */
export const API_BASE: string = import.meta.env.VITE_API_BASE ?? '';

const KEY_HEADER = 'X-API-Key';

const problems: Middleware = {
  onRequest({ request }) {
    for (const [name, value] of Object.entries(keyHeaders())) {
      request.headers.set(name, value);
    }
    return request;
  },
  async onResponse({ request, response }) {
    if (response.ok) {
      return undefined;
    }
    throw noticed(await ApiError.of(response), request.headers.get(KEY_HEADER) ?? '');
  },
  onError({ error }) {
    return isAborted(error) ? undefined : ApiError.unreachable();
  },
};

/** The API with the types of its description; a refusal is thrown as an `ApiError`. */
export const api = createClient<paths>({ baseUrl: API_BASE });
api.use(problems);

/** What the API answered. */
export async function dataOf<T>(answer: Promise<{ data?: T }>): Promise<T> {
  const { data } = await answer;
  return data as T;
}

/** An address that the API gave, such as `video_url`, as a browser can load it. */
export function addressOf(path: string): string {
  return `${API_BASE}${path}`;
}

/** Take note when `error` is about the key that is still in use. */
export function noticed(error: ApiError, key: string): ApiError {
  if (error.isAboutKey && key === apiKey.get()) {
    keyTrouble.set(error);
  }
  return error;
}

/**
 * The `Idempotency-Key` of what is asked for: the same for each try of one click, as React Query
 * hands the same variables to each.
 */
export function onceFor(variables: object): string {
  const known = onceKeys.get(variables);
  if (known !== undefined) {
    return known;
  }
  const made = randomId();
  onceKeys.set(variables, made);
  return made;
}

const onceKeys = new WeakMap<object, string>();

/** `crypto.randomUUID` is there on secure origins only, and a phone in the house has none. */
function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function isAborted(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}
