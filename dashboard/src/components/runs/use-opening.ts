import { useRouter } from '@tanstack/react-router';
import { type MouseEvent, useCallback, useEffect } from 'react';

/**
 * What a plain link of a row does when it is clicked. The code of the page behind it is fetched
 * once for all rows. With a key held down the browser does with the link what it always does.
 */
export function useOpening(): (event: MouseEvent<HTMLAnchorElement>) => void {
  const router = useRouter();
  useEffect(() => {
    void router.loadRouteChunk(router.routesByPath['/runs/$runId']);
  }, [router]);
  return useCallback(
    (event) => {
      const isPlain = !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
      if (isPlain && event.button === 0) {
        event.preventDefault();
        router.history.push(event.currentTarget.pathname);
      }
    },
    [router],
  );
}
