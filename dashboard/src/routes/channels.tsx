import { Plus, SearchX, Tv } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChannels } from '@/api/channels';
import { useMay } from '@/api/me';
import { Button } from '@/components/Button';
import { Card } from '@/components/Card';
import { ChannelList } from '@/components/channels/ChannelList';
import { CreateChannel } from '@/components/channels/CreateChannel';
import { EmptyState } from '@/components/EmptyState';
import { ErrorState } from '@/components/ErrorState';
import { PageHeader } from '@/components/PageHeader';
import { ScopeNotice } from '@/components/ScopeNotice';
import { SkeletonRows } from '@/components/Skeleton';
import { TextInput } from '@/components/TextInput';

/** From so many on one looks for a channel by its name. */
const MANY = 8;

export default function Channels() {
  const { t } = useTranslation('channels');
  const [isCreating, setIsCreating] = useState(false);
  const mayChange = useMay('admin');
  const create = (
    <Button look="primary" icon={Plus} disabled={!mayChange} onClick={() => setIsCreating(true)}>
      {t('create')}
    </Button>
  );
  return (
    <>
      <PageHeader title={t('title')} description={t('description')} actions={create} />
      {!mayChange && <ScopeNotice scope="admin" />}
      <Content create={create} />
      <CreateChannel isOpen={isCreating} onClose={() => setIsCreating(false)} />
    </>
  );
}

function Content({ create }: { create: React.ReactNode }) {
  const { t } = useTranslation('channels');
  const { data, error, refetch, isFetching } = useChannels();
  const [words, setWords] = useState('');
  const wanted = words.trim().toLowerCase();
  const shown = data?.filter((each) =>
    `${each.name} ${each.channel_id}`.toLowerCase().includes(wanted),
  );
  return (
    <>
      {data && data.length >= MANY && (
        <TextInput
          type="search"
          value={words}
          onChange={(event) => setWords(event.target.value)}
          aria-label={t('search')}
          placeholder={t('search')}
          className="mb-4 max-w-sm"
        />
      )}
      <Card flush>
        {data === undefined && error === null && <SkeletonRows rows={4} className="h-13" />}
        {data === undefined && error !== null && (
          <ErrorState error={error} onRetry={refetch} isRetrying={isFetching} />
        )}
        {data?.length === 0 && (
          <EmptyState icon={Tv} title={t('empty')} hint={t('emptyHint')} action={create} />
        )}
        {data && data.length > 0 && shown?.length === 0 && (
          <EmptyState icon={SearchX} title={t('nothingFound', { words })} />
        )}
        {shown && shown.length > 0 && <ChannelList channels={shown} />}
      </Card>
    </>
  );
}
