import { useTranslation } from 'react-i18next';
import { PageHeader } from '@/components/PageHeader';
import { About } from '@/components/settings/About';
import { Display } from '@/components/settings/Display';
import { Keys } from '@/components/settings/Keys';
import { Notices } from '@/components/settings/Notices';
import { OwnKey } from '@/components/settings/OwnKey';
import { Section } from '@/components/settings/Section';
import { shellDialog } from '@/shell/dialogs';

export default function Settings() {
  const { t } = useTranslation('settings');
  return (
    <>
      <PageHeader title={t('title')} />
      <div>
        <Section title={t('own.title')} description={t('own.description')}>
          <OwnKey onChange={() => shellDialog.set('key')} />
        </Section>
        <Section title={t('display.title')} description={t('display.description')}>
          <Display />
        </Section>
        <Notices />
        <Section title={t('about.title')} description={t('about.description')}>
          <About />
        </Section>
        {/* The last one: how many there are is not known before they come. */}
        <Keys />
      </div>
    </>
  );
}
