import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';

interface StatProps {
  label: string;
  value: ReactNode;
  hint?: ReactNode;
  icon?: LucideIcon;
}

/** One figure with its name. Put some of them into a `<dl>`. */
export function Stat({ label, value, hint, icon: Icon }: StatProps) {
  return (
    <div className="panel flex min-w-0 flex-col gap-1 p-4">
      <dt className="flex items-center gap-2 text-sm text-muted">
        {Icon && <Icon size={15} aria-hidden className="shrink-0" />}
        <span className="truncate">{label}</span>
      </dt>
      <dd className="figures truncate text-xl font-semibold">{value}</dd>
      {hint && <dd className="figures truncate text-xs text-muted">{hint}</dd>}
    </div>
  );
}
