import { FlaskConical, TestTube } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ApprovalView } from '@/api/schema';
import { Badge } from '@/components/Badge';
import { Money } from '@/components/Money';
import { TimeAgo } from '@/components/TimeAgo';
import { ExpiresIn } from './ExpiresIn';
import { RiskBadge } from './RiskBadge';

/** What there is to know before the content: how risky, until when, for how much, for whom. */
export function ApprovalFacts({ question }: { question: ApprovalView }) {
  const { t } = useTranslation('approvals');
  const isWaiting = question.status === 'waiting';
  return (
    <>
      <div className="flex flex-wrap items-center gap-1.5">
        <RiskBadge risk={question.risk} />
        {question.dry_run && (
          <Badge icon={TestTube}>{t('runFlag.dry_run', { ns: 'common' })}</Badge>
        )}
        {question.simulated && (
          <Badge icon={FlaskConical}>{t('runFlag.simulated', { ns: 'common' })}</Badge>
        )}
      </div>
      <dl className="grid grid-cols-2 gap-x-4 gap-y-3 text-sm md:grid-cols-4">
        {isWaiting && (
          <Fact name={t('deadline')}>
            <ExpiresIn at={question.expires_at} />
            <span className="block text-xs text-muted">{t(`onExpiry.${question.on_expiry}`)}</span>
          </Fact>
        )}
        <Fact name={t('expectedCost')}>
          <Money usd={question.expected_cost_usd} />
          <span className="block text-xs text-muted">
            {t('soFar')} <Money usd={question.cost_usd} />
          </span>
        </Fact>
        <Fact name={t('requestedBy')}>
          <span className="block truncate">{question.requested_by || '–'}</span>
          <span className="block text-xs text-muted">
            <TimeAgo at={question.requested_at} />
          </span>
        </Fact>
        <Fact name={t('channel')}>
          <span className="block truncate">{question.channel_id}</span>
          <span className="block truncate text-xs text-muted">{question.pipeline}</span>
        </Fact>
      </dl>
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-muted">{name}</dt>
      <dd className="mt-0.5">{children}</dd>
    </div>
  );
}
