import { ChevronLeft, ChevronRight, Download, ImageIcon } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { addressOf } from '@/api/client';
import type { Result } from '@/api/schema';
import { Button, buttonClass } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { classes } from '@/lib/classes';
import { NotYet } from './NotYet';

interface ImagesTabProps {
  result: Result | null;
  aspect: string;
  isOver: boolean;
}

/** The pictures of the scenes, in their order; a click shows one large. */
export function ImagesTab({ result, aspect, isOver }: ImagesTabProps) {
  const { t } = useTranslation('run');
  const [shown, setShown] = useState<number | null>(null);
  const images = result?.images ?? [];
  if (images.length === 0) {
    return <NotYet icon={ImageIcon} title={t('images.empty')} isOver={isOver} />;
  }
  const scenes = result?.script?.scenes ?? [];
  const altOf = (index: number) =>
    t('images.alt', { number: index + 1, text: scenes[index]?.image_prompt ?? '' });
  return (
    <>
      <ul className="grid grid-cols-[repeat(auto-fill,minmax(9rem,1fr))] gap-3">
        {images.map((image, index) => (
          <li key={image}>
            <button
              type="button"
              onClick={() => setShown(index)}
              className="panel group block w-full overflow-hidden text-left"
            >
              <img
                src={addressOf(image)}
                alt={altOf(index)}
                loading="lazy"
                className={classes('w-full bg-sunken object-cover', aspectClass(aspect))}
              />
              <span className="figures block truncate px-3 py-2 text-sm text-muted group-hover:text-text">
                {index + 1}. {scenes[index]?.on_screen_text}
              </span>
            </button>
          </li>
        ))}
      </ul>
      <Dialog
        isWide
        isOpen={shown !== null}
        onClose={() => setShown(null)}
        title={t('images.of', { number: (shown ?? 0) + 1, count: images.length })}
        actions={<Pager index={shown ?? 0} images={images} onShow={setShown} />}
      >
        {shown !== null && (
          <figure className="flex flex-col items-center gap-3">
            <img
              src={addressOf(images[shown] ?? '')}
              alt={altOf(shown)}
              className={classes(
                'rounded-md bg-sunken object-contain',
                aspect === '16:9' ? 'w-full' : 'h-[55dvh]',
                aspectClass(aspect),
              )}
            />
            <figcaption className="max-w-prose text-sm text-muted">
              {scenes[shown]?.image_prompt}
            </figcaption>
          </figure>
        )}
      </Dialog>
    </>
  );
}

interface PagerProps {
  index: number;
  images: readonly string[];
  onShow: (index: number) => void;
}

function Pager({ index, images, onShow }: PagerProps) {
  const { t } = useTranslation('run');
  return (
    <>
      <Button icon={ChevronLeft} disabled={index === 0} onClick={() => onShow(index - 1)}>
        {t('images.previous')}
      </Button>
      <Button
        icon={ChevronRight}
        disabled={index >= images.length - 1}
        onClick={() => onShow(index + 1)}
      >
        {t('images.next')}
      </Button>
      <a href={addressOf(images[index] ?? '')} download className={buttonClass()}>
        <Download size={16} aria-hidden />
        {t('action.download', { ns: 'common' })}
      </a>
    </>
  );
}

function aspectClass(aspect: string): string {
  return aspect === '16:9' ? 'aspect-video' : 'aspect-[9/16]';
}
