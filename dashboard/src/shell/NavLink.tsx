import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { WaitingCount } from '@/api/approvals';
import type { Destination } from './destinations';

interface NavLinkProps {
  destination: Destination;
  /** How many things wait there. */
  waiting?: WaitingCount | undefined;
  onFollow?: () => void;
}

/** A line of the menu. */
export function NavLink({ destination, waiting, onFollow }: NavLinkProps) {
  const { t } = useTranslation('shell');
  const { icon: Icon, name, to } = destination;
  return (
    <Link
      to={to}
      onClick={onFollow}
      activeOptions={{ exact: to === '/' }}
      className="flex h-9 items-center gap-3 rounded-md px-3 text-base text-muted transition-colors hover:bg-hover hover:text-text data-[status=active]:bg-accent-soft data-[status=active]:font-medium data-[status=active]:text-text pointer-coarse:h-11"
    >
      <Icon size={18} aria-hidden className="shrink-0" />
      <span className="min-w-0 flex-1 truncate">{t(`nav.${name}`)}</span>
      {waiting !== undefined && waiting.count > 0 && (
        <span className="figures rounded-full bg-warning-soft px-2 text-xs font-semibold text-warning">
          <span aria-hidden>{waiting.shown}</span>
          <span className="sr-only">{t('approvals.waiting', { ...waiting })}</span>
        </span>
      )}
    </Link>
  );
}
