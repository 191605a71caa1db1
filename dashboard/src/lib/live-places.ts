import type { StepActivity } from './run-feed';

/** A place beside others, and what is or was done there. */
export interface LivePlace {
  step: string;
  activity: StepActivity;
  isOver: boolean;
}

/**
 * Who stands where. A step keeps its place while others begin and end, and after its own end until
 * another one needs the place: nothing moves aside under the eyes of who reads. When all have
 * ended, the next one begins a new row. Whoever finds no place waits for one.
 */
export function placed(
  before: readonly LivePlace[],
  activities: Readonly<Record<string, StepActivity>>,
  most: number,
): readonly LivePlace[] {
  const kept = before.map(({ step, activity }) => ({
    step,
    activity: activities[step] ?? activity,
    isOver: activities[step] === undefined,
  }));
  const begun = Object.entries(activities)
    .filter(([step]) => !before.some((place) => place.step === step))
    .map(([step, activity]) => ({ step, activity, isOver: false }));
  if (kept.every((place) => place.isOver) && begun.length > 0) {
    return begun.slice(0, most);
  }
  const taken = kept.map((place) => (place.isOver ? (begun.shift() ?? place) : place));
  return [...taken, ...begun].slice(0, most);
}
