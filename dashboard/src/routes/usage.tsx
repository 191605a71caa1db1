import { useTranslation } from 'react-i18next';
import { PageHeader } from '@/components/PageHeader';

export default function Usage() {
  const { t } = useTranslation('usage');
  return <PageHeader title={t('title')} />;
}
