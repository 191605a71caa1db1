export type Search = Record<string, unknown>;

/** The text under a name of the address; absent when there is none. */
export function text(search: Search, name: string): string | undefined {
  const value = search[name];
  return typeof value === 'string' && value !== '' ? value : numeral(value);
}

/** One of some words; absent when it is none of them. */
export function oneOf<T extends string>(
  search: Search,
  name: string,
  words: readonly T[],
): T | undefined {
  return words.find((word) => word === search[name]);
}

/** True when it stands there as such; absent otherwise. */
export function flag(search: Search, name: string): true | undefined {
  return search[name] === true ? true : undefined;
}

/** A number above nothing; absent when it is none. */
export function number(search: Search, name: string): number | undefined {
  const value = search[name];
  return typeof value === 'number' && value > 0 ? value : undefined;
}

/** The same without what is absent, so that it does not stand in the address. */
export function present<T extends object>(
  fields: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** The router reads `?text=2026` as a number. */
function numeral(value: unknown): string | undefined {
  return typeof value === 'number' ? String(value) : undefined;
}
