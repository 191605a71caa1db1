import { Link } from '@tanstack/react-router';
import { History, Inbox } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { buttonClass } from '@/components/Button';
import { EmptyState } from '@/components/EmptyState';

interface NothingAskedProps {
  isQueue: boolean;
  isFiltered: boolean;
}

export function NothingAsked({ isQueue, isFiltered }: NothingAskedProps) {
  const { t } = useTranslation('approvals');
  return (
    <div className="panel">
      {isQueue ? (
        <EmptyState
          icon={Inbox}
          title={t(isFiltered ? 'nothingHere' : 'nothingWaits')}
          hint={t('nothingWaitsHint')}
          action={
            <Link to="/new" className={buttonClass('secondary')}>
              {t('action.newRun', { ns: 'common' })}
            </Link>
          }
        />
      ) : (
        <EmptyState
          icon={History}
          title={t(isFiltered ? 'nothingFits' : 'nothingDecided')}
          hint={t(isFiltered ? 'nothingFitsHint' : 'nothingDecidedHint')}
        />
      )}
    </div>
  );
}
