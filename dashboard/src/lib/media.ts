import { useCallback, useSyncExternalStore } from 'react';

/** From this width on there is room for a table beside the menu. */
const WIDE = '(min-width: 64rem)';

/** Whether the window is as wide as that of a desk. */
export function useIsWide(): boolean {
  const subscribe = useCallback((listener: () => void) => {
    const query = window.matchMedia(WIDE);
    query.addEventListener('change', listener);
    return () => query.removeEventListener('change', listener);
  }, []);
  return useSyncExternalStore(subscribe, () => window.matchMedia(WIDE).matches);
}
