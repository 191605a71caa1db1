import { useTranslation } from 'react-i18next';
import { KeyForm } from './KeyForm';
import { Logo } from './Logo';

/** In place of every view as long as this browser has no key. */
export function Welcome() {
  const { t } = useTranslation('shell');
  return (
    <div className="mx-auto mt-[8dvh] max-w-md">
      <div className="panel flex flex-col gap-6 p-6 md:p-8">
        <div className="flex flex-col gap-2">
          <Logo />
          <h1 className="mt-2 text-xl font-semibold">{t('key.welcome')}</h1>
          <p className="text-muted">{t('key.welcomeHint')}</p>
        </div>
        <KeyForm />
      </div>
    </div>
  );
}
