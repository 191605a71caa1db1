import { Ban, CircleCheck, CircleX, Clock, type LucideIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { KeyView } from '@/api/schema';
import { Badge, type Tone } from '@/components/Badge';
import { Button } from '@/components/Button';
import { Table, Td, Th, Tr } from '@/components/Table';
import { TimeAgo } from '@/components/TimeAgo';
import { type KeyState, keyStateOf } from '@/lib/key-state';
import { dateOf } from '@/lib/time';
import { ScopeBadges } from './ScopeBadges';

const LOOKS: Record<KeyState, { tone: Tone; icon: LucideIcon }> = {
  active: { tone: 'success', icon: CircleCheck },
  expiring: { tone: 'warning', icon: Clock },
  expired: { tone: 'neutral', icon: CircleX },
  deactivated: { tone: 'neutral', icon: Ban },
};

interface KeyListProps {
  keys: readonly KeyView[];
  ownId: string | undefined;
  onDeactivate: (key: KeyView) => void;
}

/** Every key: who uses it, what it opens, how it stands. */
export function KeyList({ keys, ownId, onDeactivate }: KeyListProps) {
  const { t } = useTranslation('settings');
  return (
    <Table label={t('keys.title')}>
      <thead>
        <tr>
          <Th>{t('keys.name')}</Th>
          <Th className="max-sm:hidden">{t('keys.scopes')}</Th>
          <Th className="max-sm:hidden">{t('keys.state')}</Th>
          <Th className="max-lg:hidden">{t('keys.created')}</Th>
          <Th className="max-md:hidden">{t('keys.lastUsed')}</Th>
          <Th className="max-md:hidden">{t('keys.expires')}</Th>
          <Th>
            <span className="sr-only">{t('keys.deactivate')}</span>
          </Th>
        </tr>
      </thead>
      <tbody>
        {keys.map((key) => (
          <KeyRow
            key={key.key_id}
            apiKey={key}
            isOwn={key.key_id === ownId}
            onDeactivate={() => onDeactivate(key)}
          />
        ))}
      </tbody>
    </Table>
  );
}

interface KeyRowProps {
  apiKey: KeyView;
  isOwn: boolean;
  onDeactivate: () => void;
}

function KeyRow({ apiKey, isOwn, onDeactivate }: KeyRowProps) {
  const { t, i18n } = useTranslation('settings');
  const state = keyStateOf(apiKey);
  const expires = apiKey.expires_at ? dateOf(apiKey.expires_at, i18n.language) : t('keys.never');
  const standing = <Badge {...LOOKS[state]}>{t(`state.${state}`)}</Badge>;
  return (
    <Tr className={apiKey.is_active ? '' : 'text-muted'}>
      <Td className="min-w-40">
        <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="font-medium">{apiKey.name}</span>
          {isOwn && <Badge tone="info">{t('keys.own')}</Badge>}
        </span>
        <code className="font-mono text-xs text-muted">{apiKey.key_id}</code>
        <span className="block text-xs text-muted md:hidden">
          {t('keys.expires')}: {expires}
        </span>
        <span className="mt-1.5 flex flex-wrap gap-1 sm:hidden">
          {standing}
          <ScopeBadges scopes={apiKey.scopes} />
        </span>
      </Td>
      <Td className="min-w-32 max-sm:hidden">
        <ScopeBadges scopes={apiKey.scopes} />
      </Td>
      <Td className="max-sm:hidden">{standing}</Td>
      <Td className="whitespace-nowrap text-muted max-lg:hidden">
        {dateOf(apiKey.created_at, i18n.language)}
        {apiKey.created_by && (
          <span className="block text-xs">{t('keys.by', { name: apiKey.created_by })}</span>
        )}
      </Td>
      <Td className="whitespace-nowrap text-muted max-md:hidden">
        {apiKey.last_used_at ? <TimeAgo at={apiKey.last_used_at} /> : t('keys.neverUsed')}
      </Td>
      <Td className="whitespace-nowrap text-muted max-md:hidden">{expires}</Td>
      <Td className="text-right">
        {apiKey.is_active && (
          <Button
            size="small"
            onClick={onDeactivate}
            aria-label={t('keys.deactivateOf', { name: apiKey.name })}
          >
            {t('keys.deactivate')}
          </Button>
        )}
      </Td>
    </Tr>
  );
}
