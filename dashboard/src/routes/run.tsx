import { useTranslation } from 'react-i18next';
import { PageHeader } from '@/components/PageHeader';

export default function Run() {
  const { t } = useTranslation('run');
  return <PageHeader title={t('title')} />;
}
