export interface Point {
  place: number;
  value: number;
}

/** The figures without the unknown ones: each run of known ones by itself. */
export function segmentsOf(values: readonly (number | null)[]): Point[][] {
  const segments: Point[][] = [];
  let current: Point[] = [];
  values.forEach((value, place) => {
    if (value === null) {
      current = [];
      return;
    }
    if (current.length === 0) {
      segments.push(current);
    }
    current.push({ place, value });
  });
  return segments;
}
