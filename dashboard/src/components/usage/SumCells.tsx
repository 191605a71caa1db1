import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { Sums } from '@/api/schema';
import { Money } from '@/components/Money';
import { Td, Th } from '@/components/Table';
import type { Cell } from '@/lib/csv';
import { countOf } from '@/lib/money';

/** The columns of every table of sums, with the head of the first one. */
export function SumHeads({ first, hasShare = false }: { first: string; hasShare?: boolean }) {
  const { t } = useTranslation('usage');
  return (
    <thead>
      <tr>
        <Th>{first}</Th>
        <Th className="text-right">{t('calls')}</Th>
        <Th className="text-right max-md:hidden">{t('promptTokens')}</Th>
        <Th className="text-right max-md:hidden">{t('completionTokens')}</Th>
        <Th className="text-right max-md:hidden">{t('saved')}</Th>
        <Th className="text-right">{t('cost')}</Th>
        {hasShare && <Th className="w-40 max-lg:hidden">{t('share')}</Th>}
      </tr>
    </thead>
  );
}

interface SumCellsProps {
  sums: Sums;
  /** What the share is of; without it there is no such column. */
  ofUsd?: number | null;
}

export function SumCells({ sums, ofUsd }: SumCellsProps) {
  const { t } = useTranslation('usage');
  return (
    <>
      <Td className="figures text-right">
        {countOf(sums.calls)}
        {sums.unpriced_calls > 0 && (
          <span className="ml-1.5 text-xs whitespace-nowrap text-warning">
            {t('unpricedShort', { calls: countOf(sums.unpriced_calls) })}
          </span>
        )}
      </Td>
      <Td className="figures text-right text-muted max-md:hidden">{countOf(sums.prompt_tokens)}</Td>
      <Td className="figures text-right text-muted max-md:hidden">
        {countOf(sums.completion_tokens)}
      </Td>
      <Td className="text-right text-muted max-md:hidden">
        <Money usd={sums.money_saved_usd} />
      </Td>
      <Td className="text-right font-medium">
        <Money usd={sums.cost_usd} />
      </Td>
      {ofUsd !== undefined && (
        <Td className="max-lg:hidden">
          <Share part={sums.cost_usd} whole={ofUsd} />
        </Td>
      )}
    </>
  );
}

function Share({ part, whole }: { part: number | null; whole: number | null }) {
  const percent = part === null || !whole ? 0 : (part / whole) * 100;
  return (
    <span className="flex items-center gap-2">
      <span aria-hidden className="h-1.5 flex-1 overflow-hidden rounded-full bg-sunken">
        <span className="block h-full rounded-full bg-accent" style={{ width: `${percent}%` }} />
      </span>
      <span className="figures w-9 text-right text-xs font-normal text-muted">
        {Math.round(percent)}%
      </span>
    </span>
  );
}

/** The same columns for a file. */
export function sumHeads(t: TFunction<'usage'>): string[] {
  return [
    t('calls'),
    t('unpricedCalls'),
    t('promptTokens'),
    t('completionTokens'),
    t('saved'),
    t('cost'),
  ];
}

export function sumValues(sums: Sums): Cell[] {
  return [
    sums.calls,
    sums.unpriced_calls,
    sums.prompt_tokens,
    sums.completion_tokens,
    sums.money_saved_usd,
    sums.cost_usd,
  ];
}
