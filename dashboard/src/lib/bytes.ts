const UNITS = ['B', 'kB', 'MB', 'GB'];

/** A size as people say it: `412 B`, `1.8 MB`. */
export function bytesOf(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= 1000 && unit < UNITS.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${UNITS[unit]}`;
}
