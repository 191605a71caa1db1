import { Link } from '@tanstack/react-router';
import { Download, FileVideo, Play } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { addressOf } from '@/api/client';
import type { LibraryItem } from '@/api/schema';
import { Money } from '@/components/Money';
import { RunFlags } from '@/components/StatusBadge';
import { TimeAgo } from '@/components/TimeAgo';
import { classes } from '@/lib/classes';
import { playedTimeOf } from '@/lib/played-time';

interface LibraryCardProps {
  item: LibraryItem;
  onPlay: () => void;
}

/** One published video: its poster plays it, its title leads to its run. */
export function LibraryCard({ item, onPlay }: LibraryCardProps) {
  const { t } = useTranslation('library');
  const flags = { ...item, paused: false, waiting_for_approval: false };
  return (
    <li className="panel group flex min-w-0 flex-col overflow-hidden">
      <div className="relative">
        <button
          type="button"
          disabled={item.video_url === null}
          aria-label={t('play', { title: item.title })}
          onClick={onPlay}
          className="relative block aspect-[3/4] w-full overflow-hidden bg-sunken -outline-offset-2"
        >
          <Poster key={item.thumbnail_url} url={item.thumbnail_url} />
          {item.video_url !== null && (
            <span
              aria-hidden
              className="absolute inset-0 m-auto flex size-12 items-center justify-center rounded-full bg-surface/85 text-text transition-transform group-hover:scale-110"
            >
              <Play size={20} className="ml-0.5 fill-current" />
            </span>
          )}
        </button>
        {item.duration_s !== null && (
          <span className="figures pointer-events-none absolute right-2 bottom-2 rounded-sm bg-surface/85 px-1.5 py-0.5 text-xs font-medium text-text">
            {playedTimeOf(item.duration_s)}
          </span>
        )}
      </div>
      <div className="flex flex-1 flex-col gap-2 p-3">
        <Link
          to="/runs/$runId"
          params={{ runId: item.run_id }}
          className="line-clamp-2 font-medium hover:underline"
        >
          {item.title}
        </Link>
        <p className="truncate text-xs text-muted">
          {item.brand_name} · <TimeAgo at={item.published_at} />
        </p>
        <div className="mt-auto flex min-h-9 items-center justify-between gap-2">
          <span className="flex min-w-0 flex-wrap gap-1 text-xs">
            {item.simulated || item.dry_run ? (
              <RunFlags run={flags} />
            ) : (
              <Money usd={item.cost_usd} />
            )}
          </span>
          {item.video_url !== null && (
            <a
              href={addressOf(item.video_url)}
              download
              aria-label={t('download', { title: item.title })}
              className="-mr-1.5 inline-flex size-9 shrink-0 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-text pointer-coarse:size-11"
            >
              <Download size={18} aria-hidden />
            </a>
          )}
        </div>
      </div>
    </li>
  );
}

/** A picture that cannot be had is not missed: the card is the same without. */
function Poster({ url }: { url: string | null }) {
  const [isLost, setIsLost] = useState(false);
  const [isWide, setIsWide] = useState(false);
  return url === null || isLost ? (
    <span className="flex h-full items-start justify-center pt-8 text-faint">
      <FileVideo size={32} aria-hidden />
    </span>
  ) : (
    <img
      src={addressOf(url)}
      alt=""
      loading="lazy"
      decoding="async"
      onError={() => setIsLost(true)}
      onLoad={({ currentTarget }) =>
        setIsWide(currentTarget.naturalWidth > currentTarget.naturalHeight)
      }
      className={classes(
        'size-full',
        // Words stand in the lower third of a tall poster.
        isWide ? 'object-contain' : 'object-cover object-[50%_75%]',
      )}
    />
  );
}
