import type { ErrorComponentProps } from '@tanstack/react-router';
import { RotateCw } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button } from '@/components/Button';
import { InlineError } from '@/components/ErrorState';

/** When a view fails to draw, or its code to come after a new version was installed. */
export function RouteError({ error, reset }: ErrorComponentProps) {
  const { t } = useTranslation();
  return (
    <div className="mx-auto flex max-w-prose flex-col items-start gap-3 py-12">
      <h1 className="text-xl font-semibold">{t('error.crashed')}</h1>
      <p className="text-muted">{t('error.crashedHint')}</p>
      <InlineError error={error instanceof Error ? error : new Error(String(error))} />
      <div className="flex gap-2">
        <Button look="primary" icon={RotateCw} onClick={reset}>
          {t('action.retry')}
        </Button>
        <Button onClick={() => window.location.reload()}>{t('action.refresh')}</Button>
      </div>
    </div>
  );
}
