import { getRouteApi, Link } from '@tanstack/react-router';
import { Clapperboard, Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChannels } from '@/api/channels';
import { useLibrary } from '@/api/library';
import type { LibraryItem } from '@/api/schema';
import { buttonClass } from '@/components/Button';
import { Card } from '@/components/Card';
import { EmptyState } from '@/components/EmptyState';
import { ErrorState, InlineError } from '@/components/ErrorState';
import { LibraryCard } from '@/components/library/LibraryCard';
import { MoreWhenSeen } from '@/components/library/MoreWhenSeen';
import { PlayDialog } from '@/components/library/PlayDialog';
import { PageHeader } from '@/components/PageHeader';
import { Segmented } from '@/components/Segmented';
import { Select } from '@/components/Select';
import { Loading, Skeleton } from '@/components/Skeleton';
import { librarySearch } from './library.search';

const GRID = 'grid grid-cols-2 gap-3 sm:grid-cols-3 md:gap-4 lg:grid-cols-4 xl:grid-cols-5';
const PLACES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];

const route = getRouteApi('/library');

export default function Library() {
  const { t } = useTranslation('library');
  const search = route.useSearch();
  return (
    <>
      <PageHeader title={t('title')} description={t('description')} actions={<Filters />} />
      {/* Another shelf begins anew, and what is played is not on it. */}
      <Shelf key={JSON.stringify(search)} />
    </>
  );
}

function Filters() {
  const { t } = useTranslation('library');
  const { channel_id = '', dry_run = false } = route.useSearch();
  const navigate = route.useNavigate();
  const channels = useChannels().data ?? [];
  const isListed = channels.some((channel) => channel.channel_id === channel_id);
  const show = (next: { channel_id?: string; dry_run?: boolean }) =>
    navigate({ search: librarySearch({ channel_id, dry_run, ...next }), replace: true });
  return (
    // On one line whatever the font: a select that is too wide for a phone becomes narrower.
    <div className="flex min-w-0 gap-2">
      <div className="w-44 min-w-0">
        <Select
          aria-label={t('channel')}
          value={channel_id}
          onChange={(next) => show({ channel_id: next })}
          options={[
            { value: '', label: t('allChannels') },
            ...channels.map((channel) => ({ value: channel.channel_id, label: channel.name })),
            ...(channel_id && !isListed ? [{ value: channel_id, label: channel_id }] : []),
          ]}
        />
      </div>
      <Segmented
        label={t('kind')}
        value={dry_run ? 'dry' : 'real'}
        options={[
          { value: 'real', label: t('real') },
          { value: 'dry', label: t('dry') },
        ]}
        onChange={(kind) => show({ dry_run: kind === 'dry' })}
      />
    </div>
  );
}

function Shelf() {
  const { t } = useTranslation('library');
  const filters = route.useSearch();
  const { data, error, refetch, isFetching, hasNextPage, isFetchingNextPage, fetchNextPage } =
    useLibrary(filters);
  const [played, setPlayed] = useState<LibraryItem | null>(null);
  const items = data?.pages.flatMap((page) => page.items) ?? [];

  if (data === undefined) {
    return error === null ? (
      <ShelfSkeleton />
    ) : (
      <Card>
        <ErrorState error={error} onRetry={refetch} isRetrying={isFetching} />
      </Card>
    );
  }
  if (items.length === 0) {
    return <EmptyShelf />;
  }
  return (
    <>
      <ul aria-label={t('title')} className={GRID}>
        {items.map((item) => (
          <LibraryCard key={item.run_id} item={item} onPlay={() => setPlayed(item)} />
        ))}
      </ul>
      {error && <InlineError error={error} />}
      <MoreWhenSeen
        hasMore={hasNextPage}
        busy={isFetchingNextPage}
        isFailed={error !== null}
        onMore={fetchNextPage}
      />
      <PlayDialog item={played} onClose={() => setPlayed(null)} />
    </>
  );
}

function EmptyShelf() {
  const { t } = useTranslation('library');
  const { channel_id, dry_run } = route.useSearch();
  return (
    <Card>
      <EmptyState
        icon={Clapperboard}
        title={dry_run ? t('emptyDry') : channel_id ? t('emptyChannel') : t('empty')}
        hint={t('emptyHint')}
        action={
          <Link
            to="/new"
            search={channel_id ? { channel_id } : {}}
            className={buttonClass('primary')}
          >
            <Plus size={16} aria-hidden />
            {t('action.newRun', { ns: 'common' })}
          </Link>
        }
      />
    </Card>
  );
}

function ShelfSkeleton() {
  return (
    <Loading className={GRID}>
      {PLACES.map((place) => (
        <div key={place} className="panel overflow-hidden">
          <Skeleton className="aspect-[3/4] rounded-none" />
          <div className="h-[142px]" />
        </div>
      ))}
    </Loading>
  );
}
