import { useTranslation } from 'react-i18next';
import type { Scope } from '@/api/schema';
import { Badge } from '@/components/Badge';

/** What a key opens, one word each. */
export function ScopeBadges({ scopes }: { scopes: readonly Scope[] }) {
  const { t } = useTranslation('settings');
  return (
    <span className="flex flex-wrap gap-1">
      {scopes.map((scope) => (
        <Badge key={scope} tone={scope === 'admin' ? 'accent' : 'neutral'}>
          {t(`scope.${scope}`)}
        </Badge>
      ))}
    </span>
  );
}
