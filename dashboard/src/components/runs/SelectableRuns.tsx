import { useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { BulkAction } from '@/api/bulk-runs';
import { isKeptFresh, type RunFilters, type useRuns } from '@/api/runs';
import type { RunSummary } from '@/api/schema';
import { InlineError } from '@/components/ErrorState';
import { LoadMore } from '@/components/LoadMore';
import { countOf } from '@/lib/money';
import { BulkBar } from './BulkBar';
import { BulkDialog } from './BulkDialog';
import { NewRunsButton } from './NewRunsButton';
import { RunGrid } from './RunGrid';

/** What a list of runs that is read page by page tells about itself. */
type ListOfRuns = Pick<
  ReturnType<typeof useRuns>,
  'data' | 'hasNextPage' | 'isFetchingNextPage' | 'isFetchNextPageError' | 'fetchNextPage' | 'error'
>;

interface SelectableRunsProps {
  label: string;
  filters: RunFilters;
  runs: readonly RunSummary[];
  list: ListOfRuns;
}

/** A long list whose rows can be chosen, to do the same to many of them. */
export function SelectableRuns({ label, filters, runs, list }: SelectableRunsProps) {
  const { t } = useTranslation('runs');
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [action, setAction] = useState<BulkAction | null>(null);
  const selected = useMemo(() => runs.filter((run) => chosen.has(run.run_id)), [runs, chosen]);

  const toggle = useCallback(
    (runId: string) =>
      setChosen((before) => {
        const after = new Set(before);
        if (!after.delete(runId)) {
          after.add(runId);
        }
        return after;
      }),
    [],
  );
  const isAll = selected.length === runs.length;
  const toggleAll = () => setChosen(new Set(isAll ? [] : runs.map((run) => run.run_id)));
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = list;
  const lastPage = list.data?.pages.at(-1)?.items.length ?? 0;
  const more = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  // A page without any run says that few are left: whoever wants them asks for them.
  const readsOn = hasNextPage && !isFetchingNextPage && !isFetchNextPageError && lastPage > 0;
  return (
    <>
      <NewRunsButton filters={filters} runs={runs} pages={list.data?.pages.length ?? 0} />
      <RunGrid
        label={label}
        runs={runs}
        hasMore={hasNextPage}
        isFresh={isKeptFresh(list.data?.pages.length ?? 0)}
        onNearEnd={readsOn ? more : undefined}
        selected={chosen}
        isAllSelected={isAll}
        onToggle={toggle}
        onToggleAll={toggleAll}
      />
      {isFetchNextPageError && list.error && <InlineError error={list.error} />}
      {(isFetchNextPageError || !readsOn) && (
        <LoadMore hasMore={hasNextPage} busy={isFetchingNextPage} onMore={more} />
      )}
      {!hasNextPage && (
        <p className="figures text-center text-sm text-muted">
          {t('allShown', { count: runs.length, shown: countOf(runs.length) })}
        </p>
      )}
      <BulkBar selected={selected} onAct={setAction} onClear={() => setChosen(new Set())} />
      <BulkDialog
        action={action}
        runs={selected}
        onClose={() => setAction(null)}
        onDone={(done) => setChosen((before) => new Set([...before].filter((id) => !done.has(id))))}
      />
    </>
  );
}
