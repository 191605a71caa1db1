import { useTranslation } from 'react-i18next';
import { Card } from '@/components/Card';
import { Segmented } from '@/components/Segmented';
import { LANGUAGES, type Language, setLanguage } from '@/i18n/i18n';
import { useStore } from '@/lib/store';
import { setTheme, theme } from '@/lib/theme';
import { viewerZone } from '@/lib/zone';

const NAMES: Record<Language, string> = { ko: '한국어', en: 'English' };

/** How the page looks in this browser. */
export function Display() {
  const { t, i18n } = useTranslation('settings');
  return (
    <Card>
      <div className="grid gap-6 sm:grid-cols-2">
        <Segmented
          label={t('display.language')}
          hasLabel
          value={i18n.language as Language}
          options={LANGUAGES.map((value) => ({ value, label: NAMES[value] }))}
          onChange={setLanguage}
        />
        <Segmented
          label={t('display.theme')}
          hasLabel
          value={useStore(theme)}
          options={[
            { value: 'dark', label: t('display.dark') },
            { value: 'light', label: t('display.light') },
          ]}
          onChange={setTheme}
        />
      </div>
      <p className="mt-4 text-sm text-muted">{t('display.zone', { zone: viewerZone() })}</p>
    </Card>
  );
}
