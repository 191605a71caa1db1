import type { KeyboardEvent, PointerEvent, ReactNode } from 'react';

interface PlotProps {
  label: string;
  count: number;
  active: number | null;
  onActive: (place: number | null) => void;
  /** What is at a place, in words. */
  textOf: (place: number) => string;
  children: ReactNode;
}

/** Where the figures are drawn. Mouse, finger and arrow keys look at one place after the other. */
export function Plot({ label, count, active, onActive, textOf, children }: PlotProps) {
  const last = Math.max(count - 1, 0);
  const at = active ?? last;

  const look = ({ clientX, currentTarget }: PointerEvent<HTMLElement>) => {
    const { left, width } = currentTarget.getBoundingClientRect();
    onActive(within(Math.floor(((clientX - left) / width) * count), last));
  };
  const move = (event: KeyboardEvent) => {
    const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      onActive(within(next, last));
    }
  };
  return (
    <div
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={last}
      aria-valuenow={at}
      aria-valuetext={textOf(at)}
      onPointerMove={look}
      onPointerDown={look}
      // A finger that is taken away leaves what it looked at.
      onPointerLeave={({ pointerType }) => pointerType === 'mouse' && onActive(null)}
      onKeyDown={move}
      onFocus={(event) => event.target.matches(':focus-visible') && onActive(at)}
      onBlur={() => onActive(null)}
      className="absolute inset-0 touch-pan-y rounded-sm"
    >
      {active !== null && (
        <span
          aria-hidden
          className="absolute inset-y-0 bg-hover"
          style={{ left: `${(active / count) * 100}%`, width: `${100 / count}%` }}
        />
      )}
      {children}
    </div>
  );
}

function within(place: number, last: number): number {
  return Math.max(0, Math.min(place, last));
}
