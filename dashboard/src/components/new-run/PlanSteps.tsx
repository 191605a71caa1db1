import { TriangleAlert, UserRoundCheck } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { PlannedCall, PlannedStep } from '@/api/schema';
import { Money } from '@/components/Money';
import { useStepName } from '@/components/step-names';
import { Table, Td, Th, Tr } from '@/components/Table';
import { durationOf } from '@/lib/time';

/** Step by step: who does it, with which models, how long and for how much. */
export function PlanSteps({ steps }: { steps: readonly PlannedStep[] }) {
  const { t } = useTranslation('new-run');
  const nameOf = useStepName();
  return (
    <Table label={t('steps')}>
      <thead>
        <tr>
          <Th>{t('step')}</Th>
          <Th className="max-sm:hidden">{t('models')}</Th>
          <FigureHead long={t('expectedTime')} short={t('time')} />
          <FigureHead long={t('expectedCost')} short={t('cost')} />
        </tr>
      </thead>
      <tbody>
        {steps.map((step) => (
          <Tr key={step.step}>
            <th scope="row" className="px-4 py-2 font-normal">
              <span className="block font-medium">{nameOf(step.step)}</span>
              <span className="block text-xs text-muted">{step.agent}</span>
              <Calls calls={step.calls} className="sm:hidden" />
              <Notes step={step} />
            </th>
            <Td className="max-sm:hidden">
              <Calls calls={step.calls} />
            </Td>
            <Td className="figures text-right whitespace-nowrap">
              {durationOf(step.expected_s) || <span className="text-muted">{t('noHistory')}</span>}
            </Td>
            <Td className="text-right whitespace-nowrap">
              <Money usd={step.cost_usd} />
            </Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  );
}

/** On a phone the column has no room for more than its figures. */
function FigureHead({ long, short }: { long: string; short: string }) {
  return (
    <Th className="text-right">
      <span className="max-sm:hidden">{long}</span>
      <span className="sm:hidden">{short}</span>
    </Th>
  );
}

function Calls({ calls, className = '' }: { calls: readonly PlannedCall[]; className?: string }) {
  const { t } = useTranslation('new-run');
  if (calls.length === 0) {
    return <span className={`text-xs text-faint ${className}`}>{t('noModel')}</span>;
  }
  return (
    <ul className={`flex flex-col gap-0.5 text-xs ${className}`}>
      {calls.map((call) => (
        <li
          key={`${call.capability}-${call.provider}-${call.model}`}
          className="flex gap-1 whitespace-nowrap"
        >
          <span className="max-w-44 truncate" title={call.model}>
            {call.model}
          </span>
          {call.count > 1 && <span className="figures text-muted">× {call.count}</span>}
          {call.cost_usd === null && <span className="text-warning">· {t('noPrice')}</span>}
        </li>
      ))}
    </ul>
  );
}

function Notes({ step }: { step: PlannedStep }) {
  const { t } = useTranslation('new-run');
  const asks = step.approval?.asks;
  return (
    <>
      {step.approval !== null && asks !== false && (
        <Note icon={UserRoundCheck}>{asks ? t('asks') : t('mayAsk')}</Note>
      )}
      {!step.agent_known && (
        <Note icon={TriangleAlert}>{t('agentUnknown', { agent: step.agent })}</Note>
      )}
    </>
  );
}

function Note({ icon: Icon, children }: { icon: typeof TriangleAlert; children: string }) {
  return (
    <span className="mt-1 flex items-center gap-1.5 text-xs text-warning">
      <Icon size={13} aria-hidden className="shrink-0" />
      {children}
    </span>
  );
}
