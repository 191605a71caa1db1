import { useTranslation } from 'react-i18next';
import { PageHeader } from '@/components/PageHeader';

export default function Library() {
  const { t } = useTranslation('library');
  return <PageHeader title={t('title')} />;
}
