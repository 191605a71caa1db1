import type { ComponentProps } from 'react';
import { classes } from '@/lib/classes';

/** A table that scrolls sideways on its own where it is too wide. `label` names it. */
export function Table({ label, className, ...rest }: ComponentProps<'table'> & { label: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
    <section className="relative overflow-x-auto wrap-break-word" aria-label={label} tabIndex={0}>
      <table {...rest} className={classes('w-full border-collapse text-left', className)} />
    </section>
  );
}

export function Th({ className, ...rest }: ComponentProps<'th'>) {
  return (
    <th
      scope="col"
      {...rest}
      className={classes(
        'h-9 border-b px-3 text-xs first:pl-4 last:pr-4 sm:px-4 font-medium whitespace-nowrap text-muted',
        className,
      )}
    />
  );
}

export function Tr({ className, ...rest }: ComponentProps<'tr'>) {
  return <tr {...rest} className={classes('border-b last:border-b-0 hover:bg-hover', className)} />;
}

export function Td({ className, ...rest }: ComponentProps<'td'>) {
  return (
    <td
      {...rest}
      className={classes('h-12 px-3 py-2 align-middle first:pl-4 last:pr-4 sm:px-4', className)}
    />
  );
}
