import { useTranslation } from 'react-i18next';
import { classes } from '@/lib/classes';
import type { Span, SpanKind } from '@/lib/step-spans';
import { durationOf } from '@/lib/time';

const COLOURS: Record<SpanKind, string> = {
  queue: 'bg-border-strong',
  run: 'bg-accent-strong',
  failed: 'bg-danger-strong',
  cancelled: 'bg-control',
  approval: 'bg-(--chart-3)',
};

/** The kinds of time in the order of the legend. */
export const SPAN_KINDS: readonly SpanKind[] = ['queue', 'run', 'failed', 'approval'];

interface SpanBarProps {
  spans: readonly Span[];
  /** What the whole width stands for. */
  from: number;
  to: number;
}

/** When a step did what, on the clock of its run. */
export function SpanBar({ spans, from, to }: SpanBarProps) {
  const { t } = useTranslation('run');
  const whole = Math.max(to - from, 1);
  const words = spans
    .map((span) => `${t(`span.${span.kind}`)} ${durationOf((span.to - span.from) / 1000)}`)
    .join(', ');
  return (
    <div role="img" aria-label={words || t('span.none')} className="relative h-2.5 w-full">
      <span className="absolute inset-0 rounded-full bg-sunken" />
      {spans.map((span) => (
        <span
          key={`${span.kind}-${span.from}`}
          title={`${t(`span.${span.kind}`)} ${durationOf((span.to - span.from) / 1000)}`}
          className={classes(
            'absolute inset-y-0 min-w-[3px] rounded-full',
            COLOURS[span.kind],
            span.isOpen && span.kind === 'run' && 'animate-pulse',
          )}
          style={{
            left: `${((span.from - from) / whole) * 100}%`,
            width: `${((span.to - span.from) / whole) * 100}%`,
          }}
        />
      ))}
    </div>
  );
}

export function SpanLegend({ kinds }: { kinds: readonly SpanKind[] }) {
  const { t } = useTranslation('run');
  return (
    <ul className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted">
      {kinds.map((kind) => (
        <li key={kind} className="flex items-center gap-1.5">
          <span aria-hidden className={classes('size-2.5 rounded-full', COLOURS[kind])} />
          {t(`span.${kind}`)}
        </li>
      ))}
    </ul>
  );
}
