import { remember, remembered } from '@/lib/storage';
import { createStore } from '@/lib/store';
import type { ApiError } from './errors';

const NAME = 'yaa.key';

/** The API key of this browser; empty when none was entered. */
export const apiKey = createStore(remembered(NAME) ?? '');

/** Why the key does not do; null while it does. */
export const keyTrouble = createStore<ApiError | null>(null);

export function setApiKey(key: string): void {
  const text = key.trim();
  remember(NAME, text === '' ? null : text);
  keyTrouble.set(null);
  apiKey.set(text);
}

export function keyHeaders(): Record<string, string> {
  const key = apiKey.get();
  return key === '' ? {} : { 'X-API-Key': key };
}
