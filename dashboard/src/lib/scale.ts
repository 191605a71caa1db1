const ROUND = [1, 2, 5, 10];

/**
 * What an axis from 0 is marked with: round steps up to at least `highest`, about `wanted` of them,
 * none smaller than `leastStep` (1 for counts).
 */
export function ticksTo(highest: number, wanted = 3, leastStep = 0): number[] {
  const step = Math.max(roundStep(highest / wanted), leastStep);
  const count = Math.max(Math.ceil(highest / step - 1e-9), 1);
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}

/**
 * Which of `count` places have room for a label: the last one always, the others evenly before it.
 * Of more than `few` the first, the middle and the last.
 */
export function labelledPlaces(count: number, most: number, few: number): number[] {
  if (count > few) {
    return [0, Math.floor((count - 1) / 2), count - 1];
  }
  const step = Math.max(Math.ceil(count / most), 1);
  const places = [];
  for (let place = count - 1; place >= 0; place -= step) {
    places.unshift(place);
  }
  return places;
}

/** The sum of what is known; null when nothing is. */
export function sumOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
}

function roundStep(size: number): number {
  if (!(size > 0)) {
    return 1;
  }
  const power = 10 ** Math.floor(Math.log10(size));
  const factor = ROUND.find((each) => each * power >= size * (1 - 1e-9)) ?? 10;
  return factor * power;
}
