import { Link } from '@tanstack/react-router';
import { Menu as MenuIcon } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useWaitingCount } from '@/api/approvals';
import { Dialog } from '@/components/Dialog';
import { AT_HAND, DESTINATIONS } from './destinations';
import { NavLink } from './NavLink';

const ITEM =
  'relative flex min-w-0 flex-1 flex-col items-center justify-center gap-1 text-2xs text-muted data-[status=active]:text-accent';

/** The menu of a phone, within reach of the thumb. */
export function BottomNav() {
  const { t } = useTranslation('shell');
  const [isOpen, setIsOpen] = useState(false);
  const waiting = useWaitingCount();
  const close = () => setIsOpen(false);
  const atHand = AT_HAND.flatMap((name) => DESTINATIONS.filter((each) => each.name === name));
  return (
    <nav
      aria-label={t('nav.label')}
      className="fixed inset-x-0 bottom-0 z-40 flex h-[calc(3.5rem+env(safe-area-inset-bottom))] border-t bg-surface pb-[env(safe-area-inset-bottom)] md:hidden"
    >
      {atHand.map(({ name, to, icon: Icon }) => (
        <Link key={name} to={to} activeOptions={{ exact: to === '/' }} className={ITEM}>
          <Icon size={20} aria-hidden />
          <span className="max-w-full truncate">{t(`nav.${name}`)}</span>
          {name === 'approvals' && waiting.count > 0 && (
            <span className="figures absolute top-1 left-1/2 ml-1.5 rounded-full bg-warning-soft px-1.5 font-semibold text-warning">
              {waiting.shown}
            </span>
          )}
        </Link>
      ))}
      <button type="button" onClick={() => setIsOpen(true)} className={ITEM}>
        <MenuIcon size={20} aria-hidden />
        {t('more')}
      </button>
      <Dialog isOpen={isOpen} onClose={close} title={t('more')}>
        <div className="flex flex-col gap-1">
          {DESTINATIONS.filter((each) => !AT_HAND.includes(each.name)).map((destination) => (
            <NavLink key={destination.name} destination={destination} onFollow={close} />
          ))}
        </div>
      </Dialog>
    </nav>
  );
}
