import type { ReactNode } from 'react';

interface SectionProps {
  title: string;
  description: string;
  action?: ReactNode;
  children: ReactNode;
}

/** A part of the settings: what it is about at the left, above on a phone. */
export function Section({ title, description, action, children }: SectionProps) {
  return (
    <section className="grid gap-x-8 gap-y-4 border-t py-8 first:border-t-0 first:pt-0 xl:grid-cols-[15rem_minmax(0,1fr)]">
      <header className="flex flex-wrap items-start justify-between gap-3 xl:flex-col xl:justify-start">
        <div className="min-w-0 flex-1 basis-60 xl:flex-none xl:basis-auto">
          <h2 className="text-lg font-semibold">{title}</h2>
          <p className="mt-1 text-sm text-muted">{description}</p>
        </div>
        {action}
      </header>
      <div className="min-w-0">{children}</div>
    </section>
  );
}
