import { useTranslation } from 'react-i18next';
import { addressOf } from '@/api/client';
import type { ApprovalView, Result, Script, Seo } from '@/api/schema';
import { classes } from '@/lib/classes';
import { isJsonObject } from '@/lib/merge-patch';
import { ShownRaw } from './ShownRaw';

/** What the decision is about: that which its digest stands for. */
export function Shown({ question, isBrief }: { question: ApprovalView; isBrief: boolean }) {
  const { t } = useTranslation('approvals');
  const { result, shown } = question;
  return (
    <section aria-label={t('shown')} className="flex flex-col gap-5">
      <div className="flex flex-col gap-5 md:flex-row md:items-start">
        {result?.video_url && (
          <Video result={result} topic={question.topic} isWide={isWide(question)} />
        )}
        {result?.seo && <Texts seo={result.seo} />}
      </div>
      {!isBrief && result?.script && <Scenes script={result.script} />}
      {!isBrief &&
        Object.entries(shown).map(([name, view]) => (
          <ShownRaw key={name} name={name} shown={view} />
        ))}
      <p className="text-xs text-faint">
        {t('boundTo')} <code className="font-mono">{question.digest.slice(0, 12)}</code>
      </p>
    </section>
  );
}

interface VideoProps {
  result: Result;
  topic: string;
  isWide: boolean;
}

function Video({ result, topic, isWide }: VideoProps) {
  return (
    // biome-ignore lint/a11y/useMediaCaption: the subtitles, where there are any, are in the picture
    <video
      controls
      playsInline
      preload="metadata"
      aria-label={topic}
      src={addressOf(result.video_url ?? '')}
      poster={result.thumbnail_url ? addressOf(result.thumbnail_url) : undefined}
      className={classes(
        'w-full shrink-0 rounded-md bg-sunken object-contain',
        isWide ? 'aspect-video md:w-96' : 'h-96 md:w-54',
      )}
    />
  );
}

/** As the run was ordered; what is not known is tall. */
function isWide({ shown }: ApprovalView): boolean {
  const brief = shown.brief?.content;
  return isJsonObject(brief) && brief.aspect === '16:9';
}

function Texts({ seo }: { seo: Seo }) {
  const { t } = useTranslation('approvals');
  return (
    <div className="flex min-w-0 flex-1 flex-col gap-3">
      <div>
        <h3 className="text-xs font-medium text-muted">{t('publishedAs')}</h3>
        <p className="mt-0.5 text-lg font-semibold">{seo.title}</p>
      </div>
      <p className="whitespace-pre-wrap">{seo.description}</p>
      <p className="flex flex-wrap gap-x-2 text-sm text-accent">
        {seo.hashtags.map((tag) => (
          <span key={tag}>#{tag.replace(/^#/, '')}</span>
        ))}
      </p>
      {seo.thumbnail_text && (
        <div>
          <h3 className="text-xs font-medium text-muted">{t('thumbnailText')}</h3>
          <p className="mt-0.5">{seo.thumbnail_text}</p>
        </div>
      )}
    </div>
  );
}

function Scenes({ script }: { script: Script }) {
  const { t } = useTranslation('approvals');
  return (
    <div>
      <h3 className="mb-2 font-semibold">{t('script')}</h3>
      <p className="mb-2 font-medium">{script.hook}</p>
      <ol className="flex flex-col gap-2">
        {script.scenes.map((scene, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: scenes have no name but their place
          <li key={index} className="flex gap-3">
            <span className="figures w-5 shrink-0 text-right text-muted">{index + 1}</span>
            <span className="min-w-0">{scene.narration}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}
