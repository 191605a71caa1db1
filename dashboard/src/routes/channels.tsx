import { useTranslation } from 'react-i18next';
import { PageHeader } from '@/components/PageHeader';

export default function Channels() {
  const { t } = useTranslation('channels');
  return <PageHeader title={t('title')} />;
}
