import { FileText } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { addressOf } from '@/api/client';
import type { Scene, Script } from '@/api/schema';
import { Card } from '@/components/Card';
import { CopyButton } from '@/components/CopyButton';
import { durationOf } from '@/lib/time';
import { NotYet } from './NotYet';

interface ScriptTabProps {
  script: Script | null | undefined;
  images: readonly string[];
  isOver: boolean;
}

export function ScriptTab({ script, images, isOver }: ScriptTabProps) {
  const { t } = useTranslation('run');
  if (!script) {
    return <NotYet icon={FileText} title={t('script.empty')} isOver={isOver} />;
  }
  const seconds = script.scenes.reduce((sum, scene) => sum + scene.target_s, 0);
  return (
    <Card
      flush
      title={script.title}
      action={<CopyButton text={textOf(script)} label={t('script.copy')} />}
    >
      <div className="border-b px-4 py-3">
        <p className="text-xs text-muted">{t('script.hook')}</p>
        <p className="text-lg">{script.hook}</p>
        <p className="figures mt-1 text-xs text-muted">
          {t('script.scenes', { count: script.scenes.length })} · {durationOf(seconds)}
        </p>
      </div>
      <ol>
        {script.scenes.map((scene, index) => (
          <SceneItem
            // biome-ignore lint/suspicious/noArrayIndexKey: a scene is known by its place
            key={index}
            scene={scene}
            number={index + 1}
            image={images.length === script.scenes.length ? images[index] : undefined}
          />
        ))}
      </ol>
    </Card>
  );
}

interface SceneItemProps {
  scene: Scene;
  number: number;
  image: string | undefined;
}

function SceneItem({ scene, number, image }: SceneItemProps) {
  const { t } = useTranslation('run');
  return (
    <li className="flex gap-4 border-b px-4 py-4 last:border-b-0">
      <span className="figures w-8 shrink-0 text-right text-sm font-semibold text-muted">
        {number}
      </span>
      <div className="min-w-0 flex-1">
        <p className="max-w-prose text-base leading-relaxed">{scene.narration}</p>
        <dl className="mt-2 flex flex-col gap-1 text-sm text-muted">
          {scene.on_screen_text && (
            <div>
              <dt className="inline font-medium">{t('script.onScreen')} </dt>
              <dd className="inline text-text">{scene.on_screen_text}</dd>
            </div>
          )}
          <div>
            <dt className="inline font-medium">{t('script.picture')} </dt>
            <dd className="inline">{scene.image_prompt}</dd>
          </div>
        </dl>
      </div>
      <div className="flex shrink-0 flex-col items-end gap-2">
        <span className="figures text-sm text-muted">{durationOf(scene.target_s)}</span>
        {image && (
          <img
            src={addressOf(image)}
            alt=""
            loading="lazy"
            className="h-20 w-14 rounded-md border object-cover max-sm:hidden"
          />
        )}
      </div>
    </li>
  );
}

function textOf(script: Script): string {
  return [script.title, script.hook, ...script.scenes.map((scene) => scene.narration)].join('\n\n');
}
