import type { ReactNode } from 'react';
import { classes } from '@/lib/classes';

interface TrendProps {
  title: string;
  /** Of all the days together. */
  figure: string;
  hint?: string | undefined;
  isEmpty: boolean;
  emptyText: string;
  className?: string;
  children: ReactNode;
}

/** One figure and how it went. */
export function Trend(props: TrendProps) {
  return (
    <section className={classes('panel flex min-w-0 flex-col gap-4 p-4', props.className)}>
      <header>
        <h3 className="text-sm text-muted">{props.title}</h3>
        <p className="flex flex-wrap items-baseline gap-x-3">
          <span className="figures text-xl font-semibold">{props.figure}</span>
          {props.hint && <span className="figures text-xs text-success">{props.hint}</span>}
        </p>
      </header>
      {props.isEmpty ? (
        <p className="flex min-h-[240px] flex-1 items-center justify-center rounded-md border border-dashed px-6 text-center text-muted">
          {props.emptyText}
        </p>
      ) : (
        props.children
      )}
    </section>
  );
}
