import { Ban, RotateCcw, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { BULK_ACTIONS, type BulkAction, isOpenTo } from '@/api/bulk-runs';
import { useMay } from '@/api/me';
import type { RunSummary } from '@/api/schema';
import { Button } from '@/components/Button';
import { IconButton } from '@/components/IconButton';

const ICONS = { cancel: Ban, retry: RotateCcw };

interface BulkBarProps {
  selected: readonly RunSummary[];
  onAct: (action: BulkAction) => void;
  onClear: () => void;
}

/** Lies over the end of the list while runs are chosen, so that nothing moves. */
export function BulkBar({ selected, onAct, onClear }: BulkBarProps) {
  const { t } = useTranslation('runs');
  const may = useMay('run');
  if (selected.length === 0) {
    return null;
  }
  return (
    <div className="pointer-events-none fixed inset-x-0 bottom-[calc(4rem+env(safe-area-inset-bottom))] z-30 flex justify-center px-3 md:bottom-6 md:left-58">
      <section
        aria-label={t('selection')}
        className="pointer-events-auto flex max-w-full flex-wrap items-center justify-center gap-2 rounded-lg border border-border-strong bg-raised py-2 pr-2 pl-4 shadow-overlay"
      >
        <p aria-live="polite" className="figures mr-2 font-medium">
          {t('selected', { count: selected.length })}
        </p>
        {BULK_ACTIONS.map((action) => {
          const count = selected.filter((run) => isOpenTo(action, run)).length;
          return (
            <Button
              key={action}
              size="small"
              icon={ICONS[action]}
              disabled={!may || count === 0}
              onClick={() => onAct(action)}
            >
              {t(`${action}.button`, { count })}
            </Button>
          );
        })}
        <IconButton icon={X} label={t('deselect')} hasTooltip={false} onClick={onClear} />
        {!may && <p className="w-full text-center text-sm text-muted">{t('notAllowed')}</p>}
      </section>
    </div>
  );
}
