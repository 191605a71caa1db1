import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';

interface EmptyStateProps {
  icon: LucideIcon;
  title: string;
  /** What to do about it. */
  hint?: string;
  action?: ReactNode;
}

export function EmptyState({ icon: Icon, title, hint, action }: EmptyStateProps) {
  return (
    <div className="flex flex-col items-center gap-3 px-6 py-12 text-center">
      <span className="flex size-12 items-center justify-center rounded-full bg-accent-soft text-accent">
        <Icon size={22} aria-hidden />
      </span>
      <div className="flex max-w-prose flex-col gap-1">
        <p className="font-semibold">{title}</p>
        {hint && <p className="text-muted">{hint}</p>}
      </div>
      {action}
    </div>
  );
}
