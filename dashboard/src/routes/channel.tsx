import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { ArrowLeft, Ellipsis, Plus, Trash2, Tv } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChannel } from '@/api/channels';
import { ApiError } from '@/api/errors';
import { useMay } from '@/api/me';
import type { ChannelView } from '@/api/schema';
import { buttonClass } from '@/components/Button';
import { Card } from '@/components/Card';
import { CopyButton } from '@/components/CopyButton';
import { ChannelForm } from '@/components/channels/ChannelForm';
import { ChannelRuns } from '@/components/channels/ChannelRuns';
import { DeleteChannel } from '@/components/channels/DeleteChannel';
import { EmptyState } from '@/components/EmptyState';
import { ErrorState } from '@/components/ErrorState';
import { IconButton } from '@/components/IconButton';
import { Menu } from '@/components/Menu';
import { PageHeader } from '@/components/PageHeader';
import { ScopeNotice } from '@/components/ScopeNotice';
import { Loading, Skeleton } from '@/components/Skeleton';
import { dateOf } from '@/lib/time';
import { toast } from '@/lib/toasts';

export default function Channel() {
  const { channelId } = useParams({ from: '/channels/$channelId' });
  const { data, error, refetch, isFetching } = useChannel(channelId);
  return (
    <>
      <Back />
      {data === undefined && error === null && <ChannelSkeleton />}
      {data === undefined && error instanceof ApiError && error.kind === 'unknown-channel' && (
        <Unknown channelId={channelId} />
      )}
      {data === undefined &&
        error !== null &&
        !(error instanceof ApiError && error.kind === 'unknown-channel') && (
          <Card>
            <ErrorState error={error} onRetry={refetch} isRetrying={isFetching} />
          </Card>
        )}
      {data && <Content key={channelId} channel={data} />}
    </>
  );
}

function Content({ channel }: { channel: ChannelView }) {
  const { t, i18n } = useTranslation('channels');
  const mayChange = useMay('admin');
  return (
    <>
      <PageHeader
        title={channel.name}
        description={
          <span className="flex flex-wrap items-center gap-x-2">
            <code className="font-mono text-sm">{channel.channel_id}</code>
            <CopyButton text={channel.channel_id} label={t('copyId')} />
            <span>{t('since', { date: dateOf(channel.created_at, i18n.language) })}</span>
          </span>
        }
        actions={<Actions channel={channel} mayChange={mayChange} />}
      />
      {!mayChange && <ScopeNotice scope="admin" />}
      <div className="flex flex-col gap-6">
        <ChannelForm channel={channel} mayChange={mayChange} />
        <ChannelRuns channelId={channel.channel_id} />
      </div>
    </>
  );
}

function Actions({ channel, mayChange }: { channel: ChannelView; mayChange: boolean }) {
  const { t } = useTranslation('channels');
  const navigate = useNavigate();
  const [isDeleting, setIsDeleting] = useState(false);
  return (
    <>
      <Link
        to="/new"
        search={{ channel_id: channel.channel_id }}
        className={buttonClass('primary')}
      >
        <Plus size={16} aria-hidden />
        {t('startHere')}
      </Link>
      <Menu
        label={t('more')}
        trigger={(props) => (
          <IconButton {...props} icon={Ellipsis} label={t('more')} hasTooltip={false} />
        )}
        items={[
          {
            label: t('delete.menu'),
            icon: Trash2,
            isDangerous: true,
            disabled: !mayChange,
            onSelect: () => setIsDeleting(true),
          },
        ]}
      />
      <DeleteChannel
        channel={channel}
        isOpen={isDeleting}
        onClose={() => setIsDeleting(false)}
        onDeleted={() => {
          toast('success', t('delete.done', { name: channel.name }));
          void navigate({ to: '/channels', ignoreBlocker: true });
        }}
      />
    </>
  );
}

function Back() {
  const { t } = useTranslation('channels');
  return (
    <Link
      to="/channels"
      className="mb-2 inline-flex items-center gap-1.5 rounded-sm text-sm text-muted hover:text-text"
    >
      <ArrowLeft size={15} aria-hidden />
      {t('title')}
    </Link>
  );
}

function Unknown({ channelId }: { channelId: string }) {
  const { t } = useTranslation('channels');
  return (
    <Card>
      <EmptyState
        icon={Tv}
        title={t('unknown', { channelId })}
        hint={t('unknownHint')}
        action={
          <Link to="/runs" search={{ channel_id: channelId }} className={buttonClass()}>
            {t('itsRuns')}
          </Link>
        }
      />
    </Card>
  );
}

/** As high as what comes. */
function ChannelSkeleton() {
  return (
    <Loading className="flex flex-col gap-6">
      <Skeleton className="h-17 w-64" />
      <Skeleton className="h-42 rounded-lg" />
      <Skeleton className="h-116 rounded-lg" />
    </Loading>
  );
}
