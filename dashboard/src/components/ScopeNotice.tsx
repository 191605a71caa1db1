import { Lock } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Scope } from '@/api/schema';

/** Why what is below is switched off: the key of this browser lacks a scope. */
export function ScopeNotice({ scope }: { scope: Scope }) {
  const { t } = useTranslation();
  return (
    <p className="mb-4 flex items-start gap-2 rounded-md border bg-surface px-3 py-2.5 text-sm text-muted">
      <Lock size={16} aria-hidden className="mt-0.5 shrink-0" />
      {t('scopeNeeded', { scope })}
    </p>
  );
}
