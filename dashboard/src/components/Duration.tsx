import { useNow } from '@/lib/now';
import { durationOf, secondsBetween } from '@/lib/time';

/** From one time to another; it goes on while the second is open. */
export function Duration({ from, to }: { from: string; to: string | null }) {
  const now = useNow(to === null ? 1000 : 0);
  return <span className="figures">{durationOf(secondsBetween(from, to, now))}</span>;
}
