import { Loading, Skeleton } from '@/components/Skeleton';
import { FACTS_HEIGHT } from './RunFacts';

/** Keeps the places of a run's page. */
export function RunSkeleton() {
  return (
    <Loading className="flex flex-col gap-4">
      <div className="mb-2 flex items-center gap-3">
        <Skeleton className="h-8 w-72 max-w-[60%]" />
        <Skeleton className="h-6 w-20 rounded-full" />
      </div>
      <Skeleton className={`rounded-lg ${FACTS_HEIGHT}`} />
      <Skeleton className="h-10" />
      <Skeleton className="h-[403px] rounded-lg lg:h-52" />
      <Skeleton className="h-96 rounded-lg" />
    </Loading>
  );
}
