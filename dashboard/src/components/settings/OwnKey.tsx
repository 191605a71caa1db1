import { KeyRound, Trash2 } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { setApiKey } from '@/api/key';
import { useMe } from '@/api/me';
import { queryClient } from '@/api/query-client';
import type { MeView } from '@/api/schema';
import { Button } from '@/components/Button';
import { Card } from '@/components/Card';
import { ConfirmDialog } from '@/components/ConfirmDialog';
import { ErrorState } from '@/components/ErrorState';
import { Loading, Skeleton } from '@/components/Skeleton';
import { isExpiringSoon } from '@/lib/key-state';
import { dateTimeOf } from '@/lib/time';
import { ScopeBadges } from './ScopeBadges';

/** Whose key this browser has, what it opens, and how to have another or none. */
export function OwnKey({ onChange }: { onChange: () => void }) {
  const { t } = useTranslation('settings');
  const { data, error, refetch, isFetching } = useMe();
  const [isForgetting, setIsForgetting] = useState(false);
  const forget = () => {
    setApiKey('');
    queryClient.clear();
  };
  return (
    <Card>
      {data === undefined && error === null && (
        <Loading>
          <Skeleton className="h-26" />
        </Loading>
      )}
      {data === undefined && error !== null && (
        <ErrorState error={error} onRetry={refetch} isRetrying={isFetching} />
      )}
      {data && <Facts me={data} />}
      <div className="mt-4 flex flex-wrap gap-2 border-t pt-4">
        <Button icon={KeyRound} onClick={onChange}>
          {t('own.change')}
        </Button>
        <Button look="ghost" icon={Trash2} onClick={() => setIsForgetting(true)}>
          {t('own.forget')}
        </Button>
      </div>
      <ConfirmDialog
        isOpen={isForgetting}
        onClose={() => setIsForgetting(false)}
        onConfirm={forget}
        title={t('own.forgetTitle')}
        confirmLabel={t('own.forgetVerb')}
        isDangerous
      >
        {t('own.forgetHint')}
      </ConfirmDialog>
    </Card>
  );
}

function Facts({ me }: { me: MeView }) {
  const { t, i18n } = useTranslation('settings');
  return (
    <dl className="flex flex-col gap-3">
      <Fact name={t('keys.name')}>
        <span className="font-medium">{me.name}</span>
        <code className="ml-2 font-mono text-xs text-muted">{me.key_id}</code>
      </Fact>
      <Fact name={t('keys.scopes')}>
        <ScopeBadges scopes={me.scopes} />
        <span className="mt-1 block text-sm text-muted">
          {me.scopes.includes('admin')
            ? t('scopeHint.admin')
            : me.scopes.map((scope) => t(`scopeHint.${scope}`)).join(' ')}
        </span>
      </Fact>
      <Fact name={t('keys.expires')}>
        {me.expires_at === null ? (
          t('keys.never')
        ) : (
          <span className={isExpiringSoon(me.expires_at) ? 'text-warning' : ''}>
            {dateTimeOf(me.expires_at, i18n.language)}
            {isExpiringSoon(me.expires_at) && ` · ${t('state.expiring')}`}
          </span>
        )}
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="grid gap-x-4 gap-y-0.5 sm:grid-cols-[7rem_minmax(0,1fr)]">
      <dt className="text-sm text-muted">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
