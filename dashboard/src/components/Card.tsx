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
        <header className="flex min-h-12 flex-wrap items-center justify-between gap-x-3 gap-y-1.5 border-b px-4 py-2">
          <h2 className="max-w-full min-w-min flex-1 basis-0 text-base font-semibold wrap-break-word">
            {title}
          </h2>
          {action}
        </header>
      )}
      <div className={flush ? '' : 'p-4'}>{children}</div>
    </section>
  );
}
