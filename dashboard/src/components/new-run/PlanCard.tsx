import { FlaskConical, LoaderCircle, TestTube, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { isAboutField } from '@/api/order-problems';
import type { Plan } from '@/api/schema';
import { Badge } from '@/components/Badge';
import { Card } from '@/components/Card';
import { ErrorState } from '@/components/ErrorState';
import { Loading, Skeleton } from '@/components/Skeleton';
import { PlanGraph } from './PlanGraph';
import { PlanSteps } from './PlanSteps';
import { PlanTotals } from './PlanTotals';

interface PlanCardProps {
  plan: Plan | undefined;
  error: Error | null;
  onRetry: () => void;
  /** The form has changed, or the plan is being made. */
  isBehind: boolean;
  isDryRun: boolean;
  /** The key may not ask for a plan. */
  isBarred: boolean;
  /** The button that starts it, and what is beside it. */
  actions: ReactNode;
}

/** What would happen, what it would cost and how long it would take, before it is started. */
export function PlanCard(props: PlanCardProps) {
  const { plan, error, isBehind } = props;
  const { t } = useTranslation('new-run');
  const isFailed = error !== null && plan === undefined;
  return (
    <Card
      flush
      title={t('plan')}
      action={
        <span className="flex items-center gap-2">
          {isBehind && !isFailed && (
            <LoaderCircle size={15} aria-hidden className="animate-spin text-muted" />
          )}
          {props.isDryRun && <Badge icon={TestTube}>{t('dryRun')}</Badge>}
          {plan?.simulated && (
            <Badge icon={FlaskConical}>{t('runFlag.simulated', { ns: 'common' })}</Badge>
          )}
        </span>
      }
    >
      <div className="flex flex-col gap-4 p-4">
        <PlanTotals plan={isFailed ? undefined : plan} isKnown={!isFailed && !props.isBarred} />
        {plan?.simulated && <p className="text-sm text-muted">{t('simulatedHint')}</p>}
        {plan && <Warnings plan={plan} />}
        {props.actions}
      </div>
      <div aria-busy={isBehind} className="border-t">
        {props.isBarred ? (
          <p className="p-4 text-muted">{t('mayNotPlan')}</p>
        ) : isFailed ? (
          isAboutField(error) ? (
            <p className="p-4 text-muted">{t('fixFirst')}</p>
          ) : (
            <ErrorState error={error} onRetry={props.onRetry} isRetrying={isBehind} />
          )
        ) : plan ? (
          <Details plan={plan} />
        ) : (
          <DetailsSkeleton />
        )}
      </div>
    </Card>
  );
}

function Details({ plan }: { plan: Plan }) {
  const { t } = useTranslation('new-run');
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard */}
      <section aria-label={t('graph')} tabIndex={0} className="overflow-x-auto border-b p-4">
        <div className="hidden md:flex">
          <PlanGraph steps={plan.steps} />
        </div>
        <div className="flex md:hidden">
          <PlanGraph steps={plan.steps} isUpright />
        </div>
      </section>
      <PlanSteps steps={plan.steps} />
    </>
  );
}

function Warnings({ plan }: { plan: Plan }) {
  const { t } = useTranslation('new-run');
  const missing = [
    ...new Set(plan.steps.filter((step) => !step.agent_known).map(({ agent }) => agent)),
  ];
  return (
    <>
      {missing.length > 0 && (
        <Warning>{t('agentsUnknown', { agents: missing.join(', ') })}</Warning>
      )}
      {plan.unpriced.length > 0 && (
        <Warning>{t('unpriced', { models: plan.unpriced.join(', ') })}</Warning>
      )}
    </>
  );
}

function Warning({ children }: { children: string }) {
  return (
    <p className="flex items-start gap-2 rounded-md bg-warning-soft px-3 py-2 text-sm text-warning">
      <TriangleAlert size={16} aria-hidden className="mt-0.5 shrink-0" />
      {children}
    </p>
  );
}

function DetailsSkeleton() {
  return (
    <Loading className="flex flex-col gap-4 p-4">
      <Skeleton className="h-28 max-md:h-90" />
      <Skeleton className="h-80" />
    </Loading>
  );
}
