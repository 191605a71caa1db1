import type { ReactNode } from 'react';
import { classes } from '@/lib/classes';

interface CardProps {
  title?: ReactNode;
  /** At the right of the title. */
  action?: ReactNode;
  /** Without the inner space, for a table or a list that reaches to the edges. */
  flush?: boolean;
  className?: string;
  children: ReactNode;
}

export function Card({ title, action, flush = false, className, children }: CardProps) {
  return (
    <section className={classes('panel min-w-0 overflow-hidden', className)}>
      {(title || action) && (
        <header className="flex min-h-12 items-center justify-between gap-3 border-b px-4 py-2">
          <h2 className="text-base font-semibold">{title}</h2>
          {action}
        </header>
      )}
      <div className={flush ? '' : 'p-4'}>{children}</div>
    </section>
  );
}
