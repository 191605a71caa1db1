/** What a channel may be called, as the API holds it. */
export const CHANNEL_ID_MAX_CHARS = 32;
export const CHANNEL_NAME_MAX_CHARS = 100;

const ID = /^[a-z][a-z0-9_-]{0,31}$/;

export function isChannelId(text: string): boolean {
  return ID.test(text);
}

/** An id out of a name as far as it has Latin letters: `My Science 1!` is `my-science-1`; else empty. */
export function idOf(name: string): string {
  return name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[^a-z0-9_]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, CHANNEL_ID_MAX_CHARS)
    .replace(/-+$/, '');
}

/** What is wrong with a name: nothing in it, or too much; null when it will do. */
export function nameProblem(name: string): 'empty' | 'long' | null {
  const chars = [...name].length;
  if (name.trim() === '') {
    return 'empty';
  }
  return chars > CHANNEL_NAME_MAX_CHARS ? 'long' : null;
}
