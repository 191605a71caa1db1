import { Tags } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Seo } from '@/api/schema';
import { Card } from '@/components/Card';
import { CopyButton } from '@/components/CopyButton';
import { positionOf } from '@/lib/position';
import { NotYet } from './NotYet';

interface SeoTabProps {
  seo: Seo | null | undefined;
  isOver: boolean;
}

/** What the video is published with; each part is copied by itself. */
export function SeoTab({ seo, isOver }: SeoTabProps) {
  const { t } = useTranslation('run');
  if (!seo) {
    return <NotYet icon={Tags} title={t('seo.empty')} isOver={isOver} />;
  }
  const chapters = seo.chapters.map((each) => `${positionOf(each.start_s)} ${each.title}`);
  return (
    <Card flush>
      <Part label={t('seo.title')} copy={seo.title}>
        <p className="text-lg font-semibold">{seo.title}</p>
      </Part>
      <Part label={t('seo.description')} copy={seo.description}>
        <p className="max-w-prose whitespace-pre-wrap">{seo.description}</p>
      </Part>
      <Part label={t('seo.thumbnail')} copy={seo.thumbnail_text}>
        <p>{seo.thumbnail_text}</p>
      </Part>
      <Part label={t('seo.tags')} copy={seo.tags.join(', ')}>
        <Words words={seo.tags} />
      </Part>
      <Part label={t('seo.hashtags')} copy={seo.hashtags.map(hashed).join(' ')}>
        <Words words={seo.hashtags.map(hashed)} />
      </Part>
      {chapters.length > 0 && (
        <Part label={t('seo.chapters')} copy={chapters.join('\n')}>
          <ol className="flex flex-col gap-1">
            {seo.chapters.map((chapter) => (
              <li key={chapter.start_s} className="flex gap-3">
                <span className="figures w-12 shrink-0 text-muted">
                  {positionOf(chapter.start_s)}
                </span>
                {chapter.title}
              </li>
            ))}
          </ol>
        </Part>
      )}
    </Card>
  );
}

function Part({ label, copy, children }: { label: string; copy: string; children: ReactNode }) {
  const { t } = useTranslation('run');
  return (
    <section className="flex items-start gap-3 border-b px-4 py-3 last:border-b-0">
      <div className="min-w-0 flex-1">
        <h2 className="mb-1 text-xs text-muted">{label}</h2>
        {children}
      </div>
      <CopyButton text={copy} label={t('copyOf', { what: label })} />
    </section>
  );
}

function Words({ words }: { words: readonly string[] }) {
  return (
    <ul className="flex flex-wrap gap-1.5">
      {words.map((word) => (
        <li key={word} className="rounded-full bg-hover px-2.5 py-0.5 text-sm">
          {word}
        </li>
      ))}
    </ul>
  );
}

function hashed(word: string): string {
  return word.startsWith('#') ? word : `#${word}`;
}
