import { Receipt } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useRunCalls } from '@/api/run-calls';
import type { RunDetail, StepView } from '@/api/schema';
import { Card } from '@/components/Card';
import { EmptyState } from '@/components/EmptyState';
import { ErrorState } from '@/components/ErrorState';
import { Money } from '@/components/Money';
import { SkeletonRows } from '@/components/Skeleton';
import { useStepName } from '@/components/step-names';
import { Table, Td, Th, Tr } from '@/components/Table';
import { byModel, type ModelSum } from '@/lib/call-sums';
import { countOf, moneyOf } from '@/lib/money';

interface CostTabProps {
  run: RunDetail;
  isOver: boolean;
}

/** Where the money of a run went: by step, and by model. */
export function CostTab({ run, isOver }: CostTabProps) {
  const { t } = useTranslation('run');
  const dearest = Math.max(...run.steps.map((step) => step.cost_usd ?? 0), Number.MIN_VALUE);
  return (
    <div className="flex flex-col gap-4">
      <Card flush title={t('bill.bySteps')} action={<Total run={run} />}>
        <Table label={t('bill.bySteps')}>
          <thead>
            <tr>
              <Th>{t('bill.step')}</Th>
              <Th className="w-1/3 max-sm:hidden">{t('bill.share')}</Th>
              <Th className="text-right">{t('tokens')}</Th>
              <Th className="text-right">{t('cost')}</Th>
            </tr>
          </thead>
          <tbody>
            {run.steps.map((step) => (
              <StepCost key={step.step} step={step} dearest={dearest} />
            ))}
          </tbody>
        </Table>
      </Card>
      <Models runId={run.run_id} isOver={isOver} />
      {run.saved_calls > 0 && (
        <p className="text-sm text-muted">
          {t('bill.saved', {
            count: run.saved_calls,
            money: moneyOf(run.money_saved_usd) || t('bill.unknown'),
          })}
        </p>
      )}
    </div>
  );
}

function Total({ run }: { run: RunDetail }) {
  const { t } = useTranslation('run');
  return (
    <span className="flex items-baseline gap-2 text-sm">
      {run.unpriced_calls > 0 && (
        <span className="text-warning">
          {t('unpriced', { calls: countOf(run.unpriced_calls) })}
        </span>
      )}
      <span className="text-lg font-semibold">
        <Money usd={run.cost_usd} />
      </span>
    </span>
  );
}

function StepCost({ step, dearest }: { step: StepView; dearest: number }) {
  const nameOf = useStepName();
  const hasPaid = step.tokens > 0 || step.cost_usd !== null;
  return (
    <Tr>
      <Td>
        {nameOf(step.step)} <span className="text-xs text-muted">{step.agent}</span>
      </Td>
      <Td className="max-sm:hidden">
        <span className="block h-2 overflow-hidden rounded-full bg-sunken">
          <span
            className="block h-full rounded-full bg-accent-strong"
            style={{ width: `${((step.cost_usd ?? 0) / dearest) * 100}%` }}
          />
        </span>
      </Td>
      <Td className="figures text-right">{hasPaid ? countOf(step.tokens) : '–'}</Td>
      <Td className="text-right">{hasPaid ? <Money usd={step.cost_usd} /> : '–'}</Td>
    </Tr>
  );
}

function Models({ runId, isOver }: { runId: string; isOver: boolean }) {
  const { t } = useTranslation('run');
  const { data, error, refetch, isFetching } = useRunCalls(runId, { isLive: !isOver });
  const sums = data === undefined ? [] : byModel(data.calls);
  return (
    <Card flush title={t('bill.byModels')}>
      {data === undefined && error === null && <SkeletonRows rows={3} className="h-9" />}
      {data === undefined && error !== null && (
        <ErrorState error={error} onRetry={refetch} isRetrying={isFetching} />
      )}
      {data?.calls.length === 0 && (
        <EmptyState
          icon={Receipt}
          title={t('bill.empty')}
          hint={isOver ? t('bill.emptyOver') : t('bill.emptyYet')}
        />
      )}
      {sums.length > 0 && <ModelTable sums={sums} />}
      {data?.isPartial && (
        <p className="border-t px-4 py-3 text-sm text-muted">
          {t('bill.partial', { calls: countOf(data.calls.length) })}
        </p>
      )}
    </Card>
  );
}

function ModelTable({ sums }: { sums: readonly ModelSum[] }) {
  const { t, i18n } = useTranslation('run');
  const capabilityOf = (name: string) =>
    i18n.exists(`run:capability.${name}`) ? t(`capability.${name}` as 'capability.text') : name;
  return (
    <Table label={t('bill.byModels')}>
      <thead>
        <tr>
          <Th>{t('bill.model')}</Th>
          <Th className="max-sm:hidden">{t('bill.capability')}</Th>
          <Th className="text-right max-sm:hidden">{t('bill.calls')}</Th>
          <Th className="text-right">{t('tokens')}</Th>
          <Th className="text-right">{t('cost')}</Th>
        </tr>
      </thead>
      <tbody>
        {sums.map((sum) => (
          <Tr key={`${sum.provider}/${sum.model}/${sum.capability}`}>
            <Td>
              <span className="font-medium">{sum.model}</span>{' '}
              <span className="text-xs text-muted max-sm:block">
                {sum.provider}
                {sum.isSimulated && ` · ${t('runFlag.simulated', { ns: 'common' })}`}
                <span className="block sm:hidden">
                  {capabilityOf(sum.capability)} · {t('calls', { count: sum.calls })}
                </span>
              </span>
            </Td>
            <Td className="text-muted max-sm:hidden">{capabilityOf(sum.capability)}</Td>
            <Td className="figures text-right max-sm:hidden">{countOf(sum.calls)}</Td>
            <Td className="figures text-right">{countOf(sum.tokens)}</Td>
            <Td className="text-right">
              <Money usd={sum.costUsd} />
            </Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  );
}
