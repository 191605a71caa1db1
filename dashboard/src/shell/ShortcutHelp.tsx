import { useTranslation } from 'react-i18next';
import { Dialog } from '@/components/Dialog';
import { DESTINATIONS } from './destinations';

export function ShortcutHelp({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation('shell');
  const shortcuts: [string, string][] = [
    ['Ctrl K', t('shortcuts.palette')],
    ['/', t('shortcuts.search')],
    ['?', t('shortcuts.help')],
    ...DESTINATIONS.map(({ name, key }): [string, string] => [
      name === 'newRun' ? key : `g ${key}`,
      t('shortcuts.goTo', { page: t(`nav.${name}`) }),
    ]),
    ['j k', t('shortcuts.rows')],
    ['Enter', t('shortcuts.open')],
    ['x', t('shortcuts.choose')],
    ['Ctrl S', t('shortcuts.save')],
  ];
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={t('shortcuts.title')}>
      <dl className="grid grid-cols-[auto_1fr] items-center gap-x-6 gap-y-2.5">
        {shortcuts.map(([keys, what]) => (
          <div key={keys} className="contents">
            <dt className="flex gap-1">
              {keys.split(' ').map((key) => (
                <kbd
                  key={key}
                  className="min-w-6 rounded-sm border border-border-strong bg-sunken px-1.5 text-center font-sans text-xs leading-5"
                >
                  {key}
                </kbd>
              ))}
            </dt>
            <dd className="text-muted">{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
