import { Link } from '@tanstack/react-router';
import { ChartColumn } from 'lucide-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useRuns } from '@/api/runs';
import { useUsageByRun } from '@/api/usage-details';
import { Card } from '@/components/Card';
import { EmptyState } from '@/components/EmptyState';
import { ErrorState } from '@/components/ErrorState';
import { LoadMore } from '@/components/LoadMore';
import { SkeletonRows } from '@/components/Skeleton';
import { Table, Td, Tr } from '@/components/Table';
import { dayAfter, type Span, utcSpanOf } from '@/lib/period';
import { CsvButton } from './CsvButton';
import { SumCells, SumHeads, sumHeads, sumValues } from './SumCells';
import { useUtcHint } from './use-utc-hint';

/** What each run has cost, with its topic as far as the list of runs has been read. */
export function RunCosts({ span }: { span: Span }) {
  const { t } = useTranslation('usage');
  const utc = utcSpanOf(span);
  const hint = useUtcHint(span);
  const costs = useUsageByRun(utc);
  const runs = useRuns({ from: dayAfter(utc.from, -1), to: dayAfter(utc.to, 1) });
  const items = costs.data?.pages.flatMap((page) => page.items) ?? [];
  const known = new Map(
    runs.data?.pages.flatMap((page) => page.items.map((run) => [run.run_id, run] as const)),
  );
  // Both lists are newest first; a run that is in none of its pages would be looked for for ever.
  const isBehind = (runs.data?.pages.length ?? 0) < (costs.data?.pages.length ?? 0) + 2;
  const isUnknown = isBehind && items.some((each) => !known.has(each.run_id ?? ''));
  const { hasNextPage, isFetching, fetchNextPage } = runs;
  useEffect(() => {
    if (isUnknown && hasNextPage && !isFetching) {
      void fetchNextPage();
    }
  }, [isUnknown, hasNextPage, isFetching, fetchNextPage]);
  if (costs.data && items.length === 0) {
    return (
      <Card>
        <EmptyState icon={ChartColumn} title={t('empty')} hint={t('emptyHint')} />
      </Card>
    );
  }
  return (
    <Card
      flush
      title={t('table.run')}
      action={
        <CsvButton
          name={`usage-run-${utc.from}-${utc.to}`}
          disabled={costs.data === undefined}
          rows={() => [
            [t('runId'), t('topic'), t('channel'), ...sumHeads(t)],
            ...items.map((each) => {
              const run = known.get(each.run_id ?? '');
              return [each.run_id, run?.topic, run?.channel_id, ...sumValues(each)];
            }),
          ]}
        />
      }
    >
      {costs.data === undefined && costs.error === null && (
        <SkeletonRows rows={6} className="h-10" />
      )}
      {costs.data === undefined && costs.error !== null && (
        <ErrorState error={costs.error} onRetry={costs.refetch} isRetrying={costs.isFetching} />
      )}
      {costs.data && (
        <Table label={t('table.run')}>
          <SumHeads first={t('run')} />
          <tbody>
            {items.map((each) => {
              const run = known.get(each.run_id ?? '');
              return (
                <Tr key={each.run_id}>
                  <Td className="max-w-80 min-w-44">
                    <Link
                      to="/runs/$runId"
                      params={{ runId: each.run_id ?? '' }}
                      search={{ tab: 'cost' }}
                      className="block truncate rounded-sm font-medium hover:underline"
                    >
                      {run?.topic ?? each.run_id}
                    </Link>
                    {run && (
                      <span className="block truncate text-xs text-muted">{run.brand_name}</span>
                    )}
                  </Td>
                  <SumCells sums={each} />
                </Tr>
              );
            })}
          </tbody>
        </Table>
      )}
      <LoadMore
        hasMore={costs.hasNextPage}
        busy={costs.isFetchingNextPage}
        onMore={() => void costs.fetchNextPage()}
      />
      {hint && <p className="border-t px-4 py-2.5 text-xs text-muted">{t('utcRuns', { hint })}</p>}
    </Card>
  );
}
