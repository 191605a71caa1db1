import { CircleAlert, CircleCheck, LayoutTemplate } from 'lucide-react';
import { useDeferredValue, useId, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '@/components/Button';
import { EmptyState } from '@/components/EmptyState';
import { Segmented } from '@/components/Segmented';
import { GUIDE_MAX_CHARS, type GuideProblem, readingOf } from '@/lib/brand-guide';
import { classes } from '@/lib/classes';
import { countOf } from '@/lib/money';
import { GuideEditor } from './GuideEditor';
import { GuidePreview } from './GuidePreview';

interface GuideFieldProps {
  value: string;
  onChange: (value: string) => void;
  disabled: boolean;
  /** What the API says is wrong with it. */
  error?: string | undefined;
}

const SIDES = ['write', 'preview'] as const;

/** The brand guide: what is written at the left, what it comes to at the right; on a phone one of them. */
export function GuideField({ value, onChange, disabled, error }: GuideFieldProps) {
  const { t } = useTranslation('channels');
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const [side, setSide] = useState<(typeof SIDES)[number]>('write');
  const reading = useReading(value);
  const isEmpty = reading.sections.length === 0 && reading.problem === null;
  const isLong = reading.chars > GUIDE_MAX_CHARS;

  return (
    <section className="panel overflow-hidden">
      <header className="flex min-h-12 flex-wrap items-center justify-between gap-x-3 gap-y-1 border-b px-4 py-2">
        <h2 className="text-base font-semibold">{t('guide.title')}</h2>
        <div className="lg:hidden">
          <Segmented
            label={t('guide.sides')}
            value={side}
            options={SIDES.map((value) => ({ value, label: t(`guide.${value}`) }))}
            onChange={setSide}
          />
        </div>
      </header>
      <p id={`${id}-hint`} className="border-b px-4 py-2.5 text-sm text-muted">
        {t('guide.hint')}
      </p>
      <div className="grid lg:grid-cols-2">
        <div
          className={classes(
            'flex min-w-0 flex-col lg:border-r',
            side !== 'write' && 'max-lg:hidden',
          )}
        >
          <GuideEditor
            ref={field}
            value={value}
            onChange={onChange}
            disabled={disabled}
            wrongLine={reading.problem?.line ?? 0}
            aria-label={t('guide.title')}
            aria-describedby={`${id}-hint ${id}-state`}
            aria-invalid={reading.problem !== null || error !== undefined || undefined}
          />
        </div>
        <div
          className={classes(
            'max-h-[70dvh] min-w-0 overflow-y-auto p-4',
            side !== 'preview' && 'max-lg:hidden',
          )}
        >
          {isEmpty ? (
            <EmptyState
              icon={LayoutTemplate}
              title={t('guide.empty')}
              hint={t('guide.emptyHint')}
              action={
                <Button
                  disabled={disabled || value.trim() !== ''}
                  onClick={() => {
                    onChange(t('guide.template'));
                    setSide('write');
                    field.current?.focus();
                  }}
                >
                  {t('guide.useTemplate')}
                </Button>
              }
            />
          ) : (
            <div className={reading.problem === null ? '' : 'opacity-60'}>
              <GuidePreview sections={reading.sections} />
            </div>
          )}
        </div>
      </div>
      <footer
        id={`${id}-state`}
        className="flex min-h-11 flex-wrap items-center justify-between gap-x-4 gap-y-1 border-t px-4 py-1.5 text-sm"
      >
        <State
          problem={reading.problem}
          error={error}
          onGo={(line) => {
            setSide('write');
            // After the field is shown again.
            requestAnimationFrame(() => goTo(field.current, line));
          }}
        />
        <span className={classes('figures', isLong ? 'text-danger' : 'text-muted')}>
          {t('guide.chars', { chars: countOf(reading.chars), most: countOf(GUIDE_MAX_CHARS) })}
        </span>
      </footer>
    </section>
  );
}

/** What the guide comes to; while it has a mistake, the sections are those from before. */
function useReading(value: string) {
  const guide = useDeferredValue(value);
  const reading = useMemo(() => readingOf(guide), [guide]);
  const last = useRef(reading.sections);
  if (reading.problem === null) {
    last.current = reading.sections;
  }
  return { ...reading, sections: last.current };
}

interface StateProps {
  problem: GuideProblem | null;
  error: string | undefined;
  onGo: (line: number) => void;
}

function State({ problem, error, onGo }: StateProps) {
  const { t } = useTranslation('channels');
  if (problem === null && error === undefined) {
    return (
      <span className="flex items-center gap-2 text-muted">
        <CircleCheck size={15} aria-hidden className="text-success" />
        {t('guide.fine')}
      </span>
    );
  }
  return (
    <span className="flex flex-wrap items-center gap-x-3 gap-y-1 text-danger" role="alert">
      <span className="flex items-center gap-2">
        <CircleAlert size={15} aria-hidden className="shrink-0" />
        {problem ? t(`guide.problem.${problem.kind}`, { detail: problem.detail }) : error}
      </span>
      {problem !== null && problem.line > 0 && (
        <Button size="small" onClick={() => onGo(problem.line)}>
          {t('guide.goTo', { line: problem.line })}
        </Button>
      )}
    </span>
  );
}

/** Select a line and bring it into sight, by the lower layer, which has an element for each. */
function goTo(field: HTMLTextAreaElement | null, line: number): void {
  if (field === null) {
    return;
  }
  const lines = field.value.split('\n');
  const from = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  field.focus();
  field.setSelectionRange(from, from + (lines[line - 1]?.length ?? 0));
  field.previousElementSibling?.children[line - 1]?.scrollIntoView({ block: 'center' });
}
