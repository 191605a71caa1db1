import { KeyRound, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { keyTrouble } from '@/api/key';
import { Button } from '@/components/Button';
import { Original, useErrorSentence } from '@/components/ErrorState';
import { IconButton } from '@/components/IconButton';
import { useStore } from '@/lib/store';
import { shellDialog } from './dialogs';

/** Says that another key is needed, and takes it; what is on the page stays. */
export function KeyBanner() {
  const { t } = useTranslation('shell');
  const trouble = useStore(keyTrouble);
  const sentence = useErrorSentence();
  if (trouble === null) {
    return null;
  }
  return (
    <div
      role="alert"
      className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b bg-warning-soft px-4 py-2.5 md:px-6"
    >
      <KeyRound size={18} aria-hidden className="shrink-0 text-warning" />
      <div className="min-w-0 flex-1 basis-60">
        <p className="font-semibold">
          {trouble.status === 403 ? t('key.forbidden') : t('key.refused')}
        </p>
        <div className="text-sm text-muted">
          <p>{sentence(trouble)}</p>
          <Original error={trouble} />
        </div>
      </div>
      <Button onClick={() => shellDialog.set('key')}>{t('key.change')}</Button>
      {trouble.status === 403 && (
        <IconButton
          icon={X}
          label={t('action.close', { ns: 'common' })}
          onClick={() => keyTrouble.set(null)}
        />
      )}
    </div>
  );
}
