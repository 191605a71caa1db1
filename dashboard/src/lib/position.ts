/** A place in a video as players show it: `0:07`, `12:30`. */
export function positionOf(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
