import { KeyRound, Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useApiKeys, useDeactivateApiKey } from '@/api/api-keys';
import { useMay, useMe } from '@/api/me';
import type { KeyView } from '@/api/schema';
import { Button } from '@/components/Button';
import { Card } from '@/components/Card';
import { ConfirmDialog } from '@/components/ConfirmDialog';
import { EmptyState } from '@/components/EmptyState';
import { ErrorState } from '@/components/ErrorState';
import { ScopeNotice } from '@/components/ScopeNotice';
import { SkeletonRows } from '@/components/Skeleton';
import { Switch } from '@/components/Switch';
import { toast } from '@/lib/toasts';
import { CreateKey } from './CreateKey';
import { KeyList } from './KeyList';
import { Section } from './Section';

/** The keys of everybody; only one with `admin` may see them. */
export function Keys() {
  const { t } = useTranslation('settings');
  const mayAdmin = useMay('admin');
  const [isCreating, setIsCreating] = useState(false);
  return (
    <Section
      title={t('keys.title')}
      description={t('keys.description')}
      action={
        <Button icon={Plus} look="primary" disabled={!mayAdmin} onClick={() => setIsCreating(true)}>
          {t('keys.create')}
        </Button>
      }
    >
      {mayAdmin ? <Content /> : <ScopeNotice scope="admin" />}
      <CreateKey isOpen={isCreating} onClose={() => setIsCreating(false)} />
    </Section>
  );
}

function Content() {
  const { t } = useTranslation('settings');
  const me = useMe();
  const { data, error, refetch, isFetching } = useApiKeys({ enabled: me.data !== undefined });
  const [hasOld, setHasOld] = useState(false);
  const [leaving, setLeaving] = useState<KeyView | null>(null);
  const old = data?.filter((key) => !key.is_active).length ?? 0;
  const shown = [...(data ?? [])].reverse().filter((key) => hasOld || key.is_active);
  const failure = error ?? me.error;
  return (
    <>
      <Card flush>
        {data === undefined && failure === null && <SkeletonRows rows={3} className="h-12" />}
        {data === undefined && failure !== null && (
          <ErrorState
            error={failure}
            onRetry={() => void Promise.all([me.refetch(), refetch()])}
            isRetrying={isFetching || me.isFetching}
          />
        )}
        {data && shown.length === 0 && (
          <EmptyState icon={KeyRound} title={t('keys.empty')} hint={t('keys.emptyHint')} />
        )}
        {shown.length > 0 && (
          <KeyList keys={shown} ownId={me.data?.key_id} onDeactivate={setLeaving} />
        )}
        {old > 0 && (
          <div className="border-t px-4 py-3">
            <Switch label={t('keys.showOld', { count: old })} isOn={hasOld} onChange={setHasOld} />
          </div>
        )}
      </Card>
      <Deactivate
        apiKey={leaving}
        isOwn={leaving !== null && leaving.key_id === me.data?.key_id}
        onClose={() => setLeaving(null)}
      />
    </>
  );
}

interface DeactivateProps {
  apiKey: KeyView | null;
  isOwn: boolean;
  onClose: () => void;
}

function Deactivate({ apiKey, isOwn, onClose }: DeactivateProps) {
  const { t } = useTranslation('settings');
  const deactivate = useDeactivateApiKey();
  const close = () => {
    deactivate.reset();
    onClose();
  };
  const name = apiKey?.name ?? '';
  return (
    <ConfirmDialog
      isOpen={apiKey !== null}
      onClose={close}
      onConfirm={() =>
        apiKey &&
        deactivate.mutate(apiKey.key_id, {
          onSuccess: () => {
            toast('success', t('keys.deactivated', { name }));
            close();
          },
        })
      }
      title={t('keys.deactivateTitle', { name })}
      confirmLabel={t('keys.deactivateVerb')}
      isDangerous
      busy={deactivate.isPending}
      error={deactivate.error}
    >
      <p>{t('keys.deactivateHint')}</p>
      {isOwn && (
        <p className="mt-3 rounded-md bg-warning-soft px-3 py-2 font-medium text-warning">
          {t('keys.deactivateOwn')}
        </p>
      )}
    </ConfirmDialog>
  );
}
