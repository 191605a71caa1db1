import { Link } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { ChannelView } from '@/api/schema';
import { Badge } from '@/components/Badge';
import { buttonClass } from '@/components/Button';
import { languageName } from '@/lib/languages';
import { dateOf } from '@/lib/time';

/** Every channel with the way into it, and the way to a new run for it. */
export function ChannelList({ channels }: { channels: readonly ChannelView[] }) {
  const { t, i18n } = useTranslation('channels');
  return (
    <ul aria-label={t('title')}>
      {channels.map((channel) => (
        <li
          key={channel.channel_id}
          className="flex items-center border-b pr-3 last:border-b-0 hover:bg-hover"
        >
          <Link
            to="/channels/$channelId"
            params={{ channelId: channel.channel_id }}
            className="flex min-w-0 flex-1 items-center gap-4 px-4 py-3.5 -outline-offset-2"
          >
            <Initial name={channel.name} />
            <span className="min-w-0 flex-1">
              <span className="block truncate font-medium">{channel.name}</span>
              <span className="flex flex-wrap items-center gap-x-2 text-sm text-muted">
                <code className="truncate font-mono text-xs">{channel.channel_id}</code>
                <span aria-hidden>·</span>
                {languageName(channel.language, i18n.language)}
                <span className="flex gap-x-2 max-md:hidden">
                  <span aria-hidden>·</span>
                  {t('since', { date: dateOf(channel.created_at, i18n.language) })}
                </span>
              </span>
            </span>
            <span className="max-sm:hidden">
              <Badge tone={channel.brand_guide.trim() ? 'neutral' : 'warning'}>
                {channel.brand_guide.trim() ? t('guide.there') : t('guide.missing')}
              </Badge>
            </span>
          </Link>
          <Link
            to="/new"
            search={{ channel_id: channel.channel_id }}
            aria-label={t('startFor', { name: channel.name })}
            className={buttonClass('secondary', 'small')}
          >
            <Plus size={15} aria-hidden />
            <span className="max-sm:sr-only">{t('action.newRun', { ns: 'common' })}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

function Initial({ name }: { name: string }) {
  return (
    <span
      aria-hidden
      className="flex size-9 shrink-0 items-center justify-center rounded-md bg-accent-soft font-semibold text-accent"
    >
      {[...name.trim()][0]?.toUpperCase()}
    </span>
  );
}
