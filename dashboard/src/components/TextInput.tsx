import type { ComponentProps } from 'react';
import { classes } from '@/lib/classes';

export function TextInput({ className, ...rest }: ComponentProps<'input'>) {
  return <input type="text" autoComplete="off" {...rest} className={classes('field', className)} />;
}
