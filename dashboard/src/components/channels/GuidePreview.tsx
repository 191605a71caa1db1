import { useTranslation } from 'react-i18next';
import type { GuideEntry, GuideSection } from '@/lib/brand-guide';

/** What a brand guide says, as the researcher takes it: section by section, nothing of it as markup. */
export function GuidePreview({ sections }: { sections: readonly GuideSection[] }) {
  const { t } = useTranslation('channels');
  return (
    <div className="flex flex-col gap-5">
      {sections.map((section, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a guide may have two sections of one name
        <section key={index}>
          <h3 className="mb-1.5 text-sm font-semibold text-accent">
            {section.title || t('guide.untitled')}
          </h3>
          <ul className="flex flex-col gap-1.5">
            {section.entries.map((entry, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: it may say a thing twice
              <Entry key={at} entry={entry} isAlone={section.entries.length === 1} />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

function Entry({ entry, isAlone }: { entry: GuideEntry; isAlone: boolean }) {
  const hasBullet = !isAlone && entry.path.length === 0;
  return (
    <li className="flex gap-2">
      {hasBullet && (
        <span aria-hidden className="text-faint">
          •
        </span>
      )}
      <span className="min-w-0 whitespace-pre-line">
        {entry.path.length > 0 && <span className="mr-2 text-muted">{entry.path.join(' › ')}</span>}
        {entry.text}
      </span>
    </li>
  );
}
