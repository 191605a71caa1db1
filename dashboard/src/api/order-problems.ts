import { ApiError } from './errors';
import type { RunOrder } from './schema';

/** Which field of an order a refusal is about that names none. */
export const FIELD_OF_ORDER: Readonly<Record<string, keyof RunOrder>> = {
  'unknown-channel': 'channel_id',
  'unknown-pipeline': 'pipeline',
  'pipeline-unusable': 'pipeline',
  'nothing-to-review': 'review',
};

/** The refusal is shown at a field, and need not be said once more. */
export function isAboutField(error: Error): boolean {
  return error instanceof ApiError && (error.fields.length > 0 || error.kind in FIELD_OF_ORDER);
}
