import { useTranslation } from 'react-i18next';
import { PageHeader } from '@/components/PageHeader';

export default function Approvals() {
  const { t } = useTranslation('approvals');
  return <PageHeader title={t('title')} />;
}
