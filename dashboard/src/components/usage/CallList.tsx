import { Link } from '@tanstack/react-router';
import { FlaskConical, PhoneOff } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { CallView } from '@/api/schema';
import { useUsageByName, useUsageCalls } from '@/api/usage-details';
import { Badge } from '@/components/Badge';
import { Card } from '@/components/Card';
import { EmptyState } from '@/components/EmptyState';
import { ErrorState } from '@/components/ErrorState';
import { LoadMore } from '@/components/LoadMore';
import { Money } from '@/components/Money';
import { Select } from '@/components/Select';
import { SkeletonRows } from '@/components/Skeleton';
import { Table, Td, Th, Tr } from '@/components/Table';
import { countOf } from '@/lib/money';
import { momentsOf, type Span, utcSpanOf } from '@/lib/period';
import { nameOf } from '@/lib/stacks';
import { dateTimeOf } from '@/lib/time';
import { CsvButton } from './CsvButton';

interface Chosen {
  agent: string;
  model: string;
}

interface CallListProps {
  span: Span;
  chosen: Chosen;
  onChoose: (chosen: Chosen) => void;
}

/** Paid calls one by one, exactly those of the viewer's days. */
export function CallList({ span, chosen, onChoose }: CallListProps) {
  const { t } = useTranslation('usage');
  const calls = useUsageCalls({ ...momentsOf(span), ...chosen });
  const items = calls.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Card
      flush
      title={t('table.call')}
      action={
        <CsvButton
          name={`usage-calls-${span.from}-${span.to}`}
          disabled={items.length === 0}
          rows={() => [callHeads(t), ...items.map(callValues)]}
        />
      }
    >
      <div className="flex flex-wrap gap-3 border-b p-4">
        <NameSelect by="agent" span={span} chosen={chosen} onChoose={onChoose} />
        <NameSelect by="model" span={span} chosen={chosen} onChoose={onChoose} />
      </div>
      {calls.data === undefined && calls.error === null && (
        <SkeletonRows rows={8} className="h-10" />
      )}
      {calls.data === undefined && calls.error !== null && (
        <ErrorState error={calls.error} onRetry={calls.refetch} isRetrying={calls.isFetching} />
      )}
      {calls.data && items.length === 0 && (
        <EmptyState icon={PhoneOff} title={t('noCalls')} hint={t('noCallsHint')} />
      )}
      {items.length > 0 && <CallTable calls={items} />}
      <LoadMore
        hasMore={calls.hasNextPage}
        busy={calls.isFetchingNextPage}
        onMore={() => void calls.fetchNextPage()}
      />
    </Card>
  );
}

interface NameSelectProps extends CallListProps {
  by: keyof Chosen;
}

function NameSelect({ by, span, chosen, onChoose }: NameSelectProps) {
  const { t } = useTranslation('usage');
  const { data } = useUsageByName(by, utcSpanOf(span));
  const names = new Set([...(data?.items ?? []).map(nameOf), chosen[by]]);
  names.delete('');
  return (
    <Select
      aria-label={t(by)}
      className="max-w-60"
      value={chosen[by]}
      options={[
        { value: '', label: t(`all.${by}`) },
        ...[...names].map((value) => ({ value, label: value })),
      ]}
      onChange={(value) => onChoose({ ...chosen, [by]: value })}
    />
  );
}

function CallTable({ calls }: { calls: readonly CallView[] }) {
  const { t, i18n } = useTranslation('usage');
  return (
    <Table label={t('table.call')}>
      <thead>
        <tr>
          <Th>{t('time')}</Th>
          <Th>{t('work')}</Th>
          <Th className="max-sm:hidden">{t('model')}</Th>
          <Th className="text-right max-md:hidden">{t('promptTokens')}</Th>
          <Th className="text-right max-md:hidden">{t('completionTokens')}</Th>
          <Th className="text-right">{t('cost')}</Th>
        </tr>
      </thead>
      <tbody>
        {calls.map((call) => (
          <Tr key={call.id}>
            <Td className="figures whitespace-nowrap text-muted">
              {dateTimeOf(call.created_at, i18n.language)}
            </Td>
            <Td className="whitespace-nowrap">
              <Link
                to="/runs/$runId"
                params={{ runId: call.run_id }}
                search={{ tab: 'cost', step: call.step }}
                className="rounded-sm font-medium hover:underline"
              >
                {call.step}
              </Link>
              <span className="ml-2 text-sm text-muted">{call.agent}</span>
            </Td>
            <Td className="whitespace-nowrap max-sm:hidden">
              {call.model}
              <span className="ml-2 text-sm text-muted">{call.provider}</span>
            </Td>
            <Td className="figures text-right text-muted max-md:hidden">
              {countOf(call.prompt_tokens)}
            </Td>
            <Td className="figures text-right text-muted max-md:hidden">
              {countOf(call.completion_tokens)}
            </Td>
            <Td className="text-right font-medium">
              <span className="flex items-center justify-end gap-2">
                {call.simulated && (
                  <Badge icon={FlaskConical}>{t('runFlag.simulated', { ns: 'common' })}</Badge>
                )}
                <Money usd={call.cost_usd} />
              </span>
            </Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  );
}

function callHeads(t: ReturnType<typeof useTranslation<'usage'>>['t']): string[] {
  return [
    t('time'),
    t('runId'),
    t('step'),
    t('agent'),
    t('provider'),
    t('model'),
    t('promptTokens'),
    t('completionTokens'),
    t('cost'),
    t('runFlag.simulated', { ns: 'common' }),
  ];
}

function callValues(call: CallView) {
  return [
    call.created_at,
    call.run_id,
    call.step,
    call.agent,
    call.provider,
    call.model,
    call.prompt_tokens,
    call.completion_tokens,
    call.cost_usd,
    call.simulated ? 1 : 0,
  ];
}
