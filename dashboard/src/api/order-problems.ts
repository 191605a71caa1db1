import { ApiError } from './errors';
import type { RunOrder } from './schema';

const FIELD_OF: Record<string, keyof RunOrder> = {
  'unknown-channel': 'channel_id',
  'unknown-pipeline': 'pipeline',
  'pipeline-unusable': 'pipeline',
  'nothing-to-review': 'review',
};

/** What is wrong with a field of an order, when the refusal is about it. */
export function orderProblem(
  error: Error | null,
  field: keyof RunOrder,
  sentence: (error: Error) => string,
): string | undefined {
  if (!(error instanceof ApiError)) {
    return undefined;
  }
  return (
    error.fieldMessage(field) ?? (FIELD_OF[error.kind] === field ? sentence(error) : undefined)
  );
}

/** The refusal is shown at a field, and need not be said once more. */
export function isAboutField(error: Error): boolean {
  return error instanceof ApiError && (error.fields.length > 0 || error.kind in FIELD_OF);
}
