import { useSyncExternalStore } from 'react';

/** From this width on there is room for a table beside the menu. */
const WIDE = window.matchMedia('(min-width: 64rem)');

/** Whether the window is as wide as that of a desk. */
export function useIsWide(): boolean {
  return useSyncExternalStore(subscribe, () => WIDE.matches);
}

function subscribe(listener: () => void): () => void {
  WIDE.addEventListener('change', listener);
  return () => WIDE.removeEventListener('change', listener);
}
