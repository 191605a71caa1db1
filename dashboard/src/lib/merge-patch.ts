import type { JsonValue } from '@/api/schema';

export type JsonObject = Record<string, JsonValue>;

/** What turns `before` into `after` as a merge patch (RFC 7396); undefined when nothing differs. */
export function mergePatchOf(before: JsonObject, after: JsonObject): JsonObject | undefined {
  const patch: JsonObject = {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const change = changeOf(before[name], after[name]);
    if (change !== undefined) {
      patch[name] = change;
    }
  }
  return Object.keys(patch).length > 0 ? patch : undefined;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function changeOf(before: JsonValue | undefined, after: JsonValue | undefined) {
  if (after === undefined) {
    return null;
  }
  if (isJsonObject(before) && isJsonObject(after)) {
    return mergePatchOf(before, after);
  }
  return JSON.stringify(before) === JSON.stringify(after) ? undefined : after;
}
