import { useMemo, useState } from 'react';
import { isOver, useRunsById } from '@/api/runs';
import type { RunSummary } from '@/api/schema';

interface Newest {
  /** Those in sight. */
  runs: readonly RunSummary[];
  isMoving: boolean;
}

/**
 * How runs stand that are not over, where the list itself is not asked for again. What is only
 * passed by is not asked for: a flick through a long list would ask for hundreds.
 */
export function useNewest({ runs, isMoving }: Newest): (run: RunSummary) => RunSummary {
  const [followed, setFollowed] = useState<readonly string[]>([]);
  const goingOn = runs.filter((run) => !isOver(run.status)).map((run) => run.run_id);
  if (!isMoving && goingOn.join() !== followed.join()) {
    setFollowed(goingOn);
  }
  const found = useRunsById(followed);
  return useMemo(() => {
    const known = new Map(found.map((run) => [run.run_id, run]));
    return (run) => {
      const other = known.get(run.run_id);
      return other !== undefined && other.updated_at > run.updated_at ? other : run;
    };
  }, [found]);
}
