import { useTranslation } from 'react-i18next';
import { PageHeader } from '@/components/PageHeader';

export default function NewRun() {
  const { t } = useTranslation('new-run');
  return <PageHeader title={t('title')} />;
}
