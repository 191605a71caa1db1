import { useTranslation } from 'react-i18next';
import { PageHeader } from '@/components/PageHeader';

export default function Schedules() {
  const { t } = useTranslation('schedules');
  return <PageHeader title={t('title')} />;
}
