const GAP = 6;
const EDGE = 8;

/** Put a floating element below its anchor, above it where there is no room, within the window. */
export function placed(floating: HTMLElement, anchor: Element, align: 'center' | 'end'): void {
  const around = anchor.getBoundingClientRect();
  const own = floating.getBoundingClientRect();
  const wanted =
    align === 'center' ? around.left + (around.width - own.width) / 2 : around.right - own.width;
  const left = clamped(wanted, EDGE, window.innerWidth - own.width - EDGE);
  const below = around.bottom + GAP;
  const fits = below + own.height + EDGE <= window.innerHeight;
  const top = fits ? below : Math.max(around.top - own.height - GAP, EDGE);
  floating.style.left = `${left}px`;
  floating.style.top = `${top}px`;
}

function clamped(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(value, most));
}
