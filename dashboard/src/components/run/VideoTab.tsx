import { Clapperboard, Download, ExternalLink } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { addressOf } from '@/api/client';
import type { Result, RunDetail } from '@/api/schema';
import { buttonClass } from '@/components/Button';
import { Card } from '@/components/Card';
import { Verbatim } from '@/components/ErrorState';
import { classes } from '@/lib/classes';
import { positionOf } from '@/lib/position';
import { NotYet } from './NotYet';
import { Player } from './Player';

interface VideoTabProps {
  run: RunDetail;
  isOver: boolean;
}

export function VideoTab({ run, isOver }: VideoTabProps) {
  const { t } = useTranslation('run');
  const result = run.result;
  if (!result?.video_url) {
    return <NotYet icon={Clapperboard} title={t('video.empty')} isOver={isOver} />;
  }
  const isWide = run.aspect === '16:9';
  return (
    <div
      className={classes(
        'grid items-start gap-4',
        isWide
          ? 'lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]'
          : 'md:grid-cols-[20rem_minmax(0,1fr)]',
      )}
    >
      <Player
        result={result}
        aspect={run.aspect}
        language={run.language}
        className={isWide ? 'w-full' : 'mx-auto max-md:h-[65dvh] md:w-full'}
      />
      <Card title={result.publication?.title ?? result.seo?.title ?? run.topic}>
        <dl className="flex flex-col gap-3 text-sm">
          {result.duration_s != null && (
            <Item label={t('video.length')}>
              <span className="figures">{positionOf(result.duration_s)}</span>
            </Item>
          )}
          <Item label={t('video.format')}>{run.aspect}</Item>
          {result.publication ? (
            <Published publication={result.publication} />
          ) : (
            <Item label={t('video.destination')}>{t('video.notPublished')}</Item>
          )}
        </dl>
        <div className="mt-4 flex flex-wrap gap-2">
          <Save url={result.video_url} look="primary" label={t('video.download')} />
          {result.subtitles_url && (
            <Save url={result.subtitles_url} label={t('video.downloadSubtitles')} />
          )}
          {result.thumbnail_url && (
            <Save url={result.thumbnail_url} label={t('video.downloadThumbnail')} />
          )}
        </div>
      </Card>
    </div>
  );
}

function Published({ publication }: { publication: NonNullable<Result['publication']> }) {
  const { t } = useTranslation('run');
  const isWeb = /^https?:\/\//.test(publication.destination);
  return (
    <Item label={publication.dry_run ? t('video.wouldGo') : t('video.destination')}>
      {isWeb ? (
        <a
          href={publication.destination}
          target="_blank"
          rel="noreferrer"
          className="inline-flex items-center gap-1 text-accent hover:underline"
        >
          {publication.destination}
          <ExternalLink size={13} aria-hidden />
        </a>
      ) : (
        <code className="font-mono text-xs">{publication.destination}</code>
      )}
      {publication.note && <Verbatim text={publication.note} />}
    </Item>
  );
}

function Item({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-xs text-muted">{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

interface SaveProps {
  url: string;
  label: string;
  look?: 'primary' | 'secondary';
}

function Save({ url, label, look = 'secondary' }: SaveProps) {
  return (
    <a href={addressOf(url)} download className={buttonClass(look)}>
      <Download size={16} aria-hidden />
      {label}
    </a>
  );
}
