import { Skeleton, SkeletonRows } from '@/components/Skeleton';

/** While the code of a view comes. */
export function RoutePending() {
  return (
    <div>
      <Skeleton className="mb-6 h-8 w-48" />
      <SkeletonRows rows={6} />
    </div>
  );
}
