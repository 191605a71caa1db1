import { Link } from '@tanstack/react-router';
import { ChartColumn } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { GroupSums, Sums } from '@/api/schema';
import { useUsageByName } from '@/api/usage-details';
import { Card } from '@/components/Card';
import { EmptyState } from '@/components/EmptyState';
import { ErrorState } from '@/components/ErrorState';
import { SkeletonRows } from '@/components/Skeleton';
import { Table, Td, Tr } from '@/components/Table';
import { type Span, utcSpanOf } from '@/lib/period';
import { nameOf } from '@/lib/stacks';
import { CsvButton } from './CsvButton';
import { StackedCosts } from './StackedCosts';
import { SumCells, SumHeads, sumHeads, sumValues } from './SumCells';
import { useUtcHint } from './use-utc-hint';

interface NamedCostsProps {
  by: 'agent' | 'model';
  span: Span;
}

/** What each agent or each model has cost: over time, and all together. */
export function NamedCosts({ by, span }: NamedCostsProps) {
  const { t } = useTranslation('usage');
  const utc = utcSpanOf(span);
  const hint = useUtcHint(span);
  const { data, error, refetch, isFetching } = useUsageByName(by, utc);
  const items = [...(data?.items ?? [])].sort((a, b) => (b.cost_usd ?? 0) - (a.cost_usd ?? 0));
  if (data?.items.length === 0) {
    return (
      <Card>
        <EmptyState icon={ChartColumn} title={t('empty')} hint={t('emptyHint')} />
      </Card>
    );
  }
  return (
    <>
      <StackedCosts by={by} span={utc} hint={hint} />
      <Card
        flush
        title={t(`table.${by}`)}
        action={
          <CsvButton
            name={`usage-${by}-${utc.from}-${utc.to}`}
            disabled={data === undefined}
            rows={() => [
              [t(by), ...(by === 'model' ? [t('provider')] : []), ...sumHeads(t)],
              ...items.map((each) => [
                nameOf(each),
                ...(by === 'model' ? [each.provider] : []),
                ...sumValues(each),
              ]),
            ]}
          />
        }
      >
        {data === undefined && error === null && <SkeletonRows rows={4} className="h-10" />}
        {data === undefined && error !== null && (
          <ErrorState error={error} onRetry={refetch} isRetrying={isFetching} />
        )}
        {data && <Rows by={by} hint={hint} items={items} total={data.total} />}
      </Card>
    </>
  );
}

interface RowsProps {
  by: 'agent' | 'model';
  hint: string | null;
  items: readonly GroupSums[];
  total: Sums;
}

function Rows({ by, hint, items, total }: RowsProps) {
  const { t } = useTranslation('usage');
  return (
    <>
      <Table label={t(`table.${by}`)}>
        <SumHeads first={t(by)} hasShare />
        <tbody>
          {items.map((each) => (
            <Tr key={`${each.provider ?? ''}/${nameOf(each)}`}>
              <Td>
                <Link
                  from="/usage"
                  to="/usage"
                  search={({ agent: _agent, model: _model, ...before }) => ({
                    ...before,
                    group_by: 'call' as const,
                    ...(by === 'agent' ? { agent: nameOf(each) } : { model: nameOf(each) }),
                  })}
                  className="rounded-sm font-medium hover:underline"
                >
                  {nameOf(each)}
                </Link>
                {each.provider && <span className="ml-2 text-sm text-muted">{each.provider}</span>}
              </Td>
              <SumCells sums={each} ofUsd={total.cost_usd} />
            </Tr>
          ))}
        </tbody>
        <tfoot>
          <tr className="border-t bg-hover font-semibold">
            <Td>{t('total')}</Td>
            <SumCells sums={total} ofUsd={total.cost_usd} />
          </tr>
        </tfoot>
      </Table>
      {hint && <p className="border-t px-4 py-2.5 text-xs text-muted">{t('utcNote', { hint })}</p>}
    </>
  );
}
