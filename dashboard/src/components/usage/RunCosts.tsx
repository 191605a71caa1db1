import { Link } from '@tanstack/react-router';
import { ChartColumn } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useRunsById } from '@/api/runs';
import { useUsageByRun } from '@/api/usage-details';
import { Card } from '@/components/Card';
import { EmptyState } from '@/components/EmptyState';
import { ErrorState } from '@/components/ErrorState';
import { LoadMore } from '@/components/LoadMore';
import { SkeletonRows } from '@/components/Skeleton';
import { Table, Td, Tr } from '@/components/Table';
import { type Span, utcSpanOf } from '@/lib/period';
import { CsvButton } from './CsvButton';
import { SumCells, SumHeads, sumHeads, sumValues } from './SumCells';
import { useUtcHint } from './use-utc-hint';

/** What each run has cost, with what it is about. */
export function RunCosts({ span }: { span: Span }) {
  const { t } = useTranslation('usage');
  const utc = utcSpanOf(span);
  const hint = useUtcHint(span);
  const costs = useUsageByRun(utc);
  const items = costs.data?.pages.flatMap((page) => page.items) ?? [];
  const runs = useRunsById(items.flatMap((each) => each.run_id ?? []));
  const known = new Map(runs.map((run) => [run.run_id, run] as const));
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
