import { ArrowLeftRight, Coins, PiggyBank, Sigma, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useTrendsBetween } from '@/api/trends';
import { useUsageByName } from '@/api/usage-details';
import { InlineError } from '@/components/ErrorState';
import { Money } from '@/components/Money';
import { Loading, Skeleton } from '@/components/Skeleton';
import { Stat } from '@/components/Stat';
import { countOf, shortCountOf } from '@/lib/money';
import { dayAfter, lengthOf, type Span, utcSpanOf } from '@/lib/period';
import { sumOf } from '@/lib/scale';
import { useUtcHint } from './use-utc-hint';

const GRID = 'grid grid-cols-2 gap-3 md:gap-4 lg:grid-cols-4';
/** Its place is kept, so that the tabs below stay where they are. */
const NOTE = 'min-h-10 text-sm text-muted sm:min-h-5';
const CARDS = ['cost', 'saved', 'calls', 'tokens'];

/** What was paid and saved in the days that are looked at. */
export function UsageCards({ span }: { span: Span }) {
  const { t } = useTranslation('usage');
  const days = useTrendsBetween(span.from, dayAfter(span.to, 1));
  const sums = useUsageByName('agent', utcSpanOf(span));
  const utcHint = useUtcHint(span);
  const error = days.data === undefined ? days.error : sums.data === undefined ? sums.error : null;
  if (error !== null) {
    // What is below says it in full, with a way to try again; both are asked for again by themselves.
    return <InlineError error={error} />;
  }
  if (days.data === undefined || sums.data === undefined) {
    return (
      <Loading className="flex flex-col gap-3">
        <div className={GRID}>
          {CARDS.map((card) => (
            <Skeleton key={card} className="h-[102px] rounded-lg" />
          ))}
        </div>
        <div className={NOTE} />
      </Loading>
    );
  }
  const cost = sumOf(days.data.items.map((day) => day.cost_usd));
  const saved = sumOf(days.data.items.map((day) => day.money_saved_usd));
  const { total } = sums.data;
  return (
    <div className="flex flex-col gap-3">
      <dl className={GRID}>
        <Stat
          icon={Coins}
          label={t('cost')}
          value={<Money usd={cost} />}
          hint={t('days', { count: lengthOf(span) })}
        />
        <Stat
          icon={PiggyBank}
          label={t('saved')}
          value={<Money usd={saved} />}
          hint={t('savedHint', { count: total.saved_calls, calls: countOf(total.saved_calls) })}
        />
        <Stat
          icon={ArrowLeftRight}
          label={t('calls')}
          value={countOf(total.calls)}
          hint={utcHint ?? t('callsHint')}
        />
        <Stat
          icon={Sigma}
          label={t('tokens')}
          value={countOf(total.total_tokens)}
          hint={t('tokensHint', {
            prompt: shortCountOf(total.prompt_tokens),
            completion: shortCountOf(total.completion_tokens),
          })}
        />
      </dl>
      {total.unpriced_calls > 0 && (
        <p className="flex items-start gap-2 rounded-md bg-warning-soft px-3 py-2.5 text-sm">
          <TriangleAlert size={16} aria-hidden className="mt-0.5 shrink-0 text-warning" />
          {t('unpriced', {
            count: total.unpriced_calls,
            calls: countOf(total.unpriced_calls),
          })}
        </p>
      )}
      <p className={NOTE}>
        {total.simulated_calls > 0 &&
          (total.simulated_calls === total.calls
            ? t('allSimulated')
            : t('simulated', {
                count: total.simulated_calls,
                calls: countOf(total.simulated_calls),
              }))}
      </p>
    </div>
  );
}
