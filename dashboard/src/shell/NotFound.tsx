import { Link } from '@tanstack/react-router';
import { Compass } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { buttonClass } from '@/components/Button';
import { EmptyState } from '@/components/EmptyState';

export function NotFound() {
  const { t } = useTranslation('shell');
  return (
    <EmptyState
      icon={Compass}
      title={t('notFound.title')}
      hint={t('notFound.hint')}
      action={
        <Link to="/" className={buttonClass('primary')}>
          {t('notFound.back')}
        </Link>
      }
    />
  );
}
