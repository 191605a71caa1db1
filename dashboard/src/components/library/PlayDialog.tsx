import { Link } from '@tanstack/react-router';
import { Download, ExternalLink, ListVideo } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { API_BASE, addressOf } from '@/api/client';
import { useRun } from '@/api/runs';
import type { LibraryItem } from '@/api/schema';
import { buttonClass } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { RunFlags } from '@/components/StatusBadge';
import { dateTimeOf } from '@/lib/time';
import { useSubtitles } from './use-subtitles';

interface PlayDialogProps {
  /** Null: nothing is played. The dialog stays, so that it can give the focus back. */
  item: LibraryItem | null;
  onClose: () => void;
}

/** The video with the browser's own player, which seeks and shows subtitles. */
export function PlayDialog({ item, onClose }: PlayDialogProps) {
  return (
    <Dialog
      isOpen={item !== null}
      isWide
      onClose={onClose}
      title={item?.title ?? ''}
      actions={item && <Actions item={item} />}
    >
      {item && (
        <>
          <Video key={item.run_id} item={item} />
          <p className="mt-3 flex flex-wrap gap-1.5">
            <RunFlags run={{ ...item, paused: false, waiting_for_approval: false }} />
          </p>
          <Facts item={item} />
        </>
      )}
    </Dialog>
  );
}

function Actions({ item }: { item: LibraryItem }) {
  const { t } = useTranslation('library');
  return (
    <>
      <Link to="/runs/$runId" params={{ runId: item.run_id }} className={buttonClass('ghost')}>
        <ListVideo size={16} aria-hidden />
        {t('toRun')}
      </Link>
      {item.url !== null && (
        <a href={item.url} target="_blank" rel="noreferrer" className={buttonClass()}>
          <ExternalLink size={16} aria-hidden />
          {t('published')}
        </a>
      )}
      {item.video_url !== null && (
        <a href={addressOf(item.video_url)} download className={buttonClass('primary')}>
          <Download size={16} aria-hidden />
          {t('action.download', { ns: 'common' })}
        </a>
      )}
    </>
  );
}

function Facts({ item }: { item: LibraryItem }) {
  const { t, i18n } = useTranslation('library');
  return (
    <dl className="mt-3 grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 text-sm">
      <dt className="text-muted">{t('channel')}</dt>
      <dd>{item.brand_name}</dd>
      <dt className="text-muted">{t('publishedAt')}</dt>
      <dd className="figures">{dateTimeOf(item.published_at, i18n.language)}</dd>
      <dt className="text-muted">{t('destination')}</dt>
      <dd className="break-all">{item.destination}</dd>
    </dl>
  );
}

function Video({ item }: { item: LibraryItem }) {
  const { t } = useTranslation('library');
  const run = useRun(item.run_id).data;
  const subtitles = useSubtitles(run?.result?.subtitles_url ?? null);
  const [isLost, setIsLost] = useState(false);
  if (isLost) {
    return (
      <p
        role="alert"
        className="flex h-[56dvh] items-center justify-center rounded-md bg-sunken p-6 text-muted"
      >
        {t('lost')}
      </p>
    );
  }
  return (
    // biome-ignore lint/a11y/useMediaCaption: the subtitles come with the run, a moment later
    <video
      controls
      autoPlay
      playsInline
      preload="metadata"
      onError={() => setIsLost(true)}
      aria-label={t('videoOf', { title: item.title })}
      src={item.video_url === null ? undefined : addressOf(item.video_url)}
      poster={item.thumbnail_url === null ? undefined : addressOf(item.thumbnail_url)}
      // Signed addresses of another origin are given to pages that ask without cookies only.
      crossOrigin={API_BASE === '' ? undefined : 'anonymous'}
      className="h-[56dvh] w-full rounded-md bg-sunken"
    >
      {subtitles !== null && (
        <track
          kind="subtitles"
          src={subtitles}
          srcLang={run?.language ?? ''}
          label={t('subtitles')}
        />
      )}
    </video>
  );
}
