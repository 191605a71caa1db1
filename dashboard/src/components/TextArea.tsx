import type { ComponentProps } from 'react';
import { classes } from '@/lib/classes';

export function TextArea({ className, rows = 4, ...rest }: ComponentProps<'textarea'>) {
  return <textarea rows={rows} {...rest} className={classes('field resize-y', className)} />;
}
