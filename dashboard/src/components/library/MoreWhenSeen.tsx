import { useEffect, useRef } from 'react';
import { LoadMore } from '@/components/LoadMore';

const AHEAD = '600px';

interface MoreWhenSeenProps {
  hasMore: boolean;
  busy: boolean;
  /** The last page did not come: it is asked for again by hand only. */
  isFailed: boolean;
  onMore: () => void;
}

/** Asks for the next page shortly before its place is seen; the button is there all the same. */
export function MoreWhenSeen({ hasMore, busy, isFailed, onMore }: MoreWhenSeenProps) {
  const ref = useRef<HTMLDivElement>(null);
  const canAsk = hasMore && !busy && !isFailed;

  useEffect(() => {
    if (!canAsk || ref.current === null) {
      return;
    }
    const observer = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && onMore(),
      { rootMargin: AHEAD },
    );
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, [canAsk, onMore]);

  return (
    <div ref={ref}>
      <LoadMore hasMore={hasMore} busy={busy} onMore={onMore} />
    </div>
  );
}
