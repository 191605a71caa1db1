import { useTranslation } from 'react-i18next';
import { PageHeader } from '@/components/PageHeader';

export default function Channel() {
  const { t } = useTranslation('channels');
  return <PageHeader title={t('title')} />;
}
