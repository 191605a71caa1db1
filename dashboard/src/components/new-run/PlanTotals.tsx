import { useTranslation } from 'react-i18next';
import type { Plan } from '@/api/schema';
import { moneyOf } from '@/lib/money';
import { sumOf } from '@/lib/scale';
import { durationOf } from '@/lib/time';

interface PlanTotalsProps {
  plan: Plan | undefined;
  /** False: there is nothing to wait for. */
  isKnown: boolean;
}

/** Cost and time of the whole, which always have their place. */
export function PlanTotals({ plan, isKnown }: PlanTotalsProps) {
  const { t } = useTranslation('new-run');
  const nothing = isKnown ? '…' : '–';
  return (
    <dl className="grid grid-cols-2 gap-x-6 gap-y-3 sm:grid-cols-3" aria-live="polite">
      <Figure
        label={t('expectedCost')}
        value={plan ? costOf(plan, t) : nothing}
        hint={t('costHint')}
      />
      <Figure
        label={t('expectedTime')}
        value={plan ? durationOf(plan.expected_s) || t('noHistory') : nothing}
        hint={t('timeHint')}
      />
      <Figure
        className="max-sm:hidden"
        label={t('steps')}
        value={plan ? String(plan.steps.length) : nothing}
        hint={plan ? t('stepsHint', { count: agentsOf(plan) }) : '\u00a0'}
      />
    </dl>
  );
}

function agentsOf(plan: Plan): number {
  return new Set(plan.steps.map(({ agent }) => agent)).size;
}

type Translate = ReturnType<typeof useTranslation<'new-run'>>['t'];

/** What is known of it is said even when some is not: less than it can never be. */
function costOf(plan: Plan, t: Translate): string {
  if (plan.cost_usd !== null) {
    return moneyOf(plan.cost_usd);
  }
  const known = sumOf(plan.steps.flatMap(({ calls }) => calls.map(({ cost_usd }) => cost_usd)));
  return known === null || known === 0
    ? t('unknownCost', { ns: 'common' })
    : t('atLeast', { money: moneyOf(known) });
}

interface FigureProps {
  label: string;
  value: string;
  hint: string;
  className?: string;
}

function Figure({ label, value, hint, className = '' }: FigureProps) {
  return (
    <div className={`min-w-0 ${className}`}>
      <dt className="text-sm text-muted">{label}</dt>
      <dd className="figures truncate text-xl font-semibold">{value}</dd>
      <dd className="text-xs text-faint">{hint}</dd>
    </div>
  );
}
