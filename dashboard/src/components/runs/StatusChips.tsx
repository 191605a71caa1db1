import { useTranslation } from 'react-i18next';
import type { RunStatus } from '@/api/schema';
import { classes } from '@/lib/classes';

const STATUSES = ['running', 'pending', 'completed', 'failed', 'cancelled'] as const;

interface StatusChipsProps {
  status: RunStatus | undefined;
  onChange: (status: RunStatus | undefined) => void;
}

/** One status, or all of them, a touch away. */
export function StatusChips({ status, onChange }: StatusChipsProps) {
  const { t } = useTranslation('runs');
  return (
    <fieldset className="-mx-1 flex min-w-0 flex-1 gap-1.5 overflow-x-auto p-1 [scrollbar-width:none]">
      <legend className="sr-only">{t('status')}</legend>
      <Chip isOn={status === undefined} onClick={() => onChange(undefined)}>
        {t('allStatuses')}
      </Chip>
      {STATUSES.map((each) => (
        <Chip key={each} isOn={status === each} onClick={() => onChange(each)}>
          {t(`runStatus.${each}`, { ns: 'common' })}
        </Chip>
      ))}
    </fieldset>
  );
}

interface ChipProps {
  isOn: boolean;
  onClick: () => void;
  children: string;
}

function Chip({ isOn, onClick, children }: ChipProps) {
  return (
    <button
      type="button"
      aria-pressed={isOn}
      onClick={onClick}
      className={classes(
        'h-8 shrink-0 rounded-full border px-3 text-sm font-medium whitespace-nowrap transition-colors pointer-coarse:h-10',
        isOn
          ? 'border-accent bg-accent-soft text-accent'
          : 'border-border-strong text-muted hover:bg-hover hover:text-text',
      )}
    >
      {children}
    </button>
  );
}
