import type { LucideIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Card } from '@/components/Card';
import { EmptyState } from '@/components/EmptyState';

interface NotYetProps {
  icon: LucideIcon;
  title: string;
  /** The run has ended: nothing is to come. */
  isOver: boolean;
}

/** In a tab whose content is not there: whether it is to come. */
export function NotYet({ icon, title, isOver }: NotYetProps) {
  const { t } = useTranslation('run');
  return (
    <Card>
      <EmptyState icon={icon} title={title} hint={isOver ? t('neverMade') : t('notYet')} />
    </Card>
  );
}
