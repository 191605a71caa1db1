import { useTranslation } from 'react-i18next';

interface WeekdaysProps {
  chosen: readonly number[];
  onChange: (weekdays: readonly number[]) => void;
}

const DAYS = [1, 2, 3, 4, 5, 6, 7];
/** A Monday. */
const MONDAY = Date.UTC(2024, 0, 1);
const DAY_MS = 86_400_000;

/** The days of a week, at least one of which stays chosen. */
export function Weekdays({ chosen, onChange }: WeekdaysProps) {
  const { t, i18n } = useTranslation('schedules');
  const nameOf = (day: number, weekday: 'short' | 'long') =>
    new Intl.DateTimeFormat(i18n.language, { weekday, timeZone: 'UTC' }).format(
      MONDAY + (day - 1) * DAY_MS,
    );
  const toggle = (day: number) => {
    const next = chosen.includes(day) ? chosen.filter((each) => each !== day) : [...chosen, day];
    if (next.length > 0) {
      onChange(next);
    }
  };
  return (
    <fieldset>
      <legend className="mb-1.5 text-sm font-medium">{t('weekdays')}</legend>
      <div className="grid grid-cols-7 gap-1">
        {DAYS.map((day) => (
          <button
            key={day}
            type="button"
            aria-pressed={chosen.includes(day)}
            aria-label={nameOf(day, 'long')}
            onClick={() => toggle(day)}
            className="h-9 rounded-md border border-border-strong text-sm text-muted transition-colors hover:bg-hover aria-pressed:border-accent aria-pressed:bg-accent-soft aria-pressed:font-medium aria-pressed:text-accent pointer-coarse:h-11"
          >
            {nameOf(day, 'short')}
          </button>
        ))}
      </div>
    </fieldset>
  );
}
