import { type RefObject, useEffect, useRef, useState } from 'react';

interface RowKeys {
  body: RefObject<HTMLElement | null>;
  count: number;
  /** Scroll to where the row can be seen. */
  show: (index: number) => void;
  open: (index: number) => void;
  toggle: (index: number) => void;
}

const STEPS: Record<string, number> = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };
const PAGE_STEPS: Record<string, number> = { PageDown: 10, PageUp: -10 };

/**
 * Arrows, `j` and `k` go from row to row, Enter opens one, Space and `x` choose it. `j` and `k`
 * also lead into the list from a page on which nothing has the focus.
 */
export function useRowKeys(keys: RowKeys) {
  const [active, setActive] = useState(0);
  const latest = useRef(keys);
  latest.current = keys;
  const at = useRef(0);
  at.current = Math.min(active, Math.max(keys.count - 1, 0));

  useEffect(() => {
    const go = (index: number) => {
      const { count, show, body } = latest.current;
      const next = Math.max(0, Math.min(index, count - 1));
      setActive(next);
      show(next);
      focusWhenDrawn(body, next);
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) {
        return;
      }
      const { body, count, open, toggle } = latest.current;
      const row = rowIn(body.current, event.target);
      const isOnRow = row !== null;
      // As the row stands now: what is new above it has moved it down since it was given the focus.
      const here = row === null ? at.current : Number(row.dataset.index);
      const isFree = event.target === document.body || isContent(event.target);
      const step = STEPS[event.key] ?? (isOnRow ? PAGE_STEPS[event.key] : undefined);
      if (step !== undefined && (isOnRow || (isFree && /^[jk]$/.test(event.key)))) {
        event.preventDefault();
        go(isOnRow ? here + step : here);
      } else if (isOnRow && (event.key === 'Home' || event.key === 'End')) {
        event.preventDefault();
        go(event.key === 'Home' ? 0 : count - 1);
      } else if (isOnRow && event.key === 'Enter') {
        event.preventDefault();
        open(here);
      } else if (isOnRow && (event.key === ' ' || event.key === 'x')) {
        event.preventDefault();
        toggle(here);
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
  const onFocusRow = (target: EventTarget) => {
    const row = target instanceof HTMLElement ? target.closest<HTMLElement>('[data-index]') : null;
    if (row) {
      setActive(Number(row.dataset.index));
    }
  };
  return { active: at.current, onFocusRow };
}

function rowIn(body: HTMLElement | null, target: EventTarget | null): HTMLElement | null {
  const isRow = target instanceof HTMLElement && target.role === 'row' && body?.contains(target);
  return isRow ? target : null;
}

function isContent(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.id === 'content';
}

const FRAMES = 10;

/** A row that was out of sight is drawn some frames after it was scrolled to. */
function focusWhenDrawn(body: RefObject<HTMLElement | null>, index: number, frames = FRAMES): void {
  const row = body.current?.querySelector<HTMLElement>(`[data-index="${index}"]`);
  if (row) {
    row.focus({ preventScroll: true });
  } else if (frames > 0) {
    requestAnimationFrame(() => focusWhenDrawn(body, index, frames - 1));
  }
}
