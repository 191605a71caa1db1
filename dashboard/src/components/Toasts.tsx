import { CircleCheck, CircleX, Info, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useStore } from '@/lib/store';
import { dismissToast, toasts } from '@/lib/toasts';
import { IconButton } from './IconButton';

const ICONS = { success: CircleCheck, danger: CircleX, info: Info };
const COLOURS = { success: 'text-success', danger: 'text-danger', info: 'text-info' };

export function Toasts() {
  const { t } = useTranslation();
  const shown = useStore(toasts);
  return (
    <div
      aria-live="polite"
      className="pointer-events-none fixed right-4 bottom-20 left-4 z-50 flex flex-col items-end gap-2 md:bottom-4"
    >
      {shown.map(({ id, tone, text }) => {
        const Icon = ICONS[tone];
        return (
          <div
            key={id}
            className="pointer-events-auto flex w-full max-w-sm items-center gap-3 rounded-lg border border-border-strong bg-raised py-1.5 pr-1.5 pl-4 shadow-overlay"
          >
            <Icon size={18} aria-hidden className={COLOURS[tone]} />
            <p className="min-w-0 flex-1">{text}</p>
            <IconButton
              icon={X}
              label={t('action.close')}
              hasTooltip={false}
              onClick={() => dismissToast(id)}
            />
          </div>
        );
      })}
    </div>
  );
}
