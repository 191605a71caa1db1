import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useWaitingCount } from '@/api/approvals';
import { DESTINATIONS } from './destinations';
import { Logo } from './Logo';
import { NavLink } from './NavLink';

export function Sidebar() {
  const { t } = useTranslation('shell');
  const waiting = useWaitingCount();
  return (
    <aside className="sticky top-0 hidden h-dvh w-58 shrink-0 flex-col border-r bg-surface md:flex">
      <Link to="/" className="flex h-14 items-center gap-2.5 px-5" aria-label="yaa">
        <Logo />
        <span className="text-lg font-semibold tracking-tight">yaa</span>
      </Link>
      <nav aria-label={t('nav.label')} className="flex flex-col gap-0.5 overflow-y-auto p-3">
        {DESTINATIONS.map((destination) => (
          <NavLink
            key={destination.name}
            destination={destination}
            waiting={destination.name === 'approvals' ? waiting : undefined}
          />
        ))}
      </nav>
    </aside>
  );
}
