import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { addressOf } from '@/api/client';
import type { Result } from '@/api/schema';
import { classes } from '@/lib/classes';
import { webVttOf } from '@/lib/subtitles';

interface PlayerProps {
  result: Result;
  aspect: string;
  language: string;
  className?: string;
}

/** The video with its thumbnail before it plays and its subtitles; it seeks by byte ranges. */
export function Player({ result, aspect, language, className }: PlayerProps) {
  const { t } = useTranslation('run');
  const track = useTrack(result.subtitles_url);
  return (
    // biome-ignore lint/a11y/useMediaCaption: they are a track as soon as they are there
    <video
      controls
      playsInline
      preload="metadata"
      aria-label={t('video.label')}
      src={addressOf(result.video_url ?? '')}
      poster={result.thumbnail_url ? addressOf(result.thumbnail_url) : undefined}
      className={classes(
        'rounded-lg border bg-sunken',
        aspect === '16:9' ? 'aspect-video' : 'aspect-[9/16]',
        className,
      )}
    >
      {track && (
        <track kind="subtitles" src={track} srcLang={language} label={t('video.subtitles')} />
      )}
    </video>
  );
}

/** The subtitles as an address that a `<track>` takes; browsers read no SubRip. */
function useTrack(url: string | null | undefined): string | null {
  const [track, setTrack] = useState<string | null>(null);
  useEffect(() => {
    if (!url) {
      return;
    }
    const leaving = new AbortController();
    let made = '';
    const load = async () => {
      const response = await fetch(addressOf(url), { signal: leaving.signal });
      const text = response.ok ? webVttOf(await response.text()) : '';
      if (text !== '' && !leaving.signal.aborted) {
        made = URL.createObjectURL(new Blob([text], { type: 'text/vtt' }));
        setTrack(made);
      }
    };
    // Without subtitles the video plays all the same.
    load().catch(() => undefined);
    return () => {
      leaving.abort();
      setTrack(null);
      URL.revokeObjectURL(made);
    };
  }, [url]);
  return track;
}
