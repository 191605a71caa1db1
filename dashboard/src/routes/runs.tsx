import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Plus, SearchX, Video } from 'lucide-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { type RunFilters, useRuns } from '@/api/runs';
import { Button, buttonClass } from '@/components/Button';
import { EmptyState } from '@/components/EmptyState';
import { ErrorState } from '@/components/ErrorState';
import { LoadMore } from '@/components/LoadMore';
import { PageHeader } from '@/components/PageHeader';
import { RunFilterBar, type RunSearch } from '@/components/runs/RunFilterBar';
import { SelectableRuns } from '@/components/runs/SelectableRuns';
import { SkeletonRows } from '@/components/Skeleton';
import { dayBegins } from '@/lib/days';
import { present } from '@/lib/search';

const FROM = '/runs';
const SKELETONS = 10;

export default function Runs() {
  const { t } = useTranslation('runs');
  const search = useSearch({ from: FROM });
  const navigate = useNavigate({ from: FROM });
  // Each choice can be taken back by the browser's button, a word that is being typed as a whole.
  const change = (next: RunSearch) =>
    void navigate({ search: present(next), replace: isTyping(search, next) });
  return (
    <>
      <PageHeader title={t('title')} actions={<NewRunLink />} />
      <div className="flex flex-col gap-4">
        <RunFilterBar search={search} onChange={change} />
        <Found search={search} onClear={() => change({})} />
      </div>
    </>
  );
}

function Found({ search, onClear }: { search: RunSearch; onClear: () => void }) {
  const { t } = useTranslation('runs');
  const filters = filtersOf(search);
  const list = useRuns(filters);
  const runs = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);

  if (list.data === undefined) {
    return (
      <div className="panel">
        {list.error === null ? (
          <SkeletonRows rows={SKELETONS} className="h-12" />
        ) : (
          <ErrorState error={list.error} onRetry={list.refetch} isRetrying={list.isFetching} />
        )}
      </div>
    );
  }
  if (runs.length === 0) {
    return (
      <div className="panel">
        <Nothing isFiltered={Object.keys(search).length > 0} onClear={onClear} />
        <LoadMore
          hasMore={list.hasNextPage}
          busy={list.isFetchingNextPage}
          onMore={() => void list.fetchNextPage()}
        />
      </div>
    );
  }
  return (
    <SelectableRuns
      // Other filters are another list: what was selected in the one before is not in sight.
      key={JSON.stringify(search)}
      label={t('title')}
      filters={filters}
      runs={runs}
      list={list}
    />
  );
}

function Nothing({ isFiltered, onClear }: { isFiltered: boolean; onClear: () => void }) {
  const { t } = useTranslation('runs');
  return isFiltered ? (
    <EmptyState
      icon={SearchX}
      title={t('nothingFound')}
      hint={t('nothingFoundHint')}
      action={<Button onClick={onClear}>{t('clearFilters')}</Button>}
    />
  ) : (
    <EmptyState icon={Video} title={t('empty')} hint={t('emptyHint')} action={<NewRunLink />} />
  );
}

function NewRunLink() {
  const { t } = useTranslation();
  return (
    <Link to="/new" className={buttonClass('primary')}>
      <Plus size={16} aria-hidden />
      {t('action.newRun')}
    </Link>
  );
}

function isTyping({ text }: RunSearch, next: RunSearch): boolean {
  return text !== undefined && next.text !== undefined && next.text !== text;
}

/** Days in the address are those of the viewer, the last one with all of its hours. */
function filtersOf({ from, to, ...others }: RunSearch): RunFilters {
  return present({ ...others, from: dayBegins(from), to: dayBegins(to, 1) });
}
