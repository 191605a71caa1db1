import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { classes } from '@/lib/classes';

/** Keeps the place of something that is being loaded; give it that thing's height. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={classes('animate-pulse rounded-md bg-hover', className)} />;
}

/** Skeletons of what is being loaded, told once to a screen reader. */
export function Loading({ className, children }: { className?: string; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <div role="status" aria-label={t('loading')} className={className}>
      {children}
    </div>
  );
}

/** Rows of a list that is being loaded. */
export function SkeletonRows({
  rows = 5,
  className = 'h-12',
}: {
  rows?: number;
  className?: string;
}) {
  return (
    <Loading className="flex flex-col gap-2 p-4">
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same
        <Skeleton key={row} className={className} />
      ))}
    </Loading>
  );
}
