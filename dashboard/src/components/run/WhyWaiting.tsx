import {
  CirclePause,
  CloudOff,
  Hourglass,
  ListOrdered,
  type LucideIcon,
  PlugZap,
  RotateCw,
  UserRoundCheck,
  UsersRound,
} from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { PauseView, WaitView } from '@/api/schema';
import { Verbatim } from '@/components/ErrorState';
import { useStepName } from '@/components/step-names';
import { TimeAgo } from '@/components/TimeAgo';
import { useNow } from '@/lib/now';
import { durationOf, secondsBetween } from '@/lib/time';

const ICONS: Record<WaitView['kind'], LucideIcon> = {
  approval: UserRoundCheck,
  backoff: RotateCw,
  busy: UsersRound,
  cap: ListOrdered,
  log: CloudOff,
  no_worker: PlugZap,
  orchestrator: Hourglass,
  paused: CirclePause,
};

/** The page says these better than the API, which speaks of the command line too. */
const SAID_ENOUGH: ReadonlySet<WaitView['kind']> = new Set(['approval', 'paused', 'backoff']);

interface WhyWaitingProps {
  reasons: readonly WaitView[];
  pause: PauseView | null;
}

/** Why nothing happens right now, in plain words. */
export function WhyWaiting({ reasons, pause }: WhyWaitingProps) {
  const { t } = useTranslation('run');
  return (
    <section
      aria-label={t('why')}
      className="rounded-lg border border-border bg-warning-soft px-4 py-3"
    >
      <h2 className="mb-1 text-xs font-semibold text-warning">{t('why')}</h2>
      <ul className="flex flex-col gap-2">
        {reasons.map((reason) => (
          <Reason
            key={`${reason.kind}-${reason.step}-${reason.agent}`}
            reason={reason}
            pause={pause}
          />
        ))}
      </ul>
    </section>
  );
}

function Reason({ reason, pause }: { reason: WaitView; pause: PauseView | null }) {
  const { t } = useTranslation('run');
  const nameOf = useStepName();
  const Icon = ICONS[reason.kind];
  const step = reason.step === null ? '' : nameOf(reason.step);
  return (
    <li className="flex items-start gap-2.5">
      <Icon size={17} aria-hidden className="mt-0.5 shrink-0 text-warning" />
      <div className="min-w-0">
        <span className="font-medium">
          {t(`wait.${reason.kind}`, { step, agent: reason.agent ?? '' })}
        </span>{' '}
        {reason.until && <Countdown kind={reason.kind} until={reason.until} />}
        {reason.kind === 'paused' && pause && (
          <span className="block text-sm text-muted">
            {pause.requested_by} · <TimeAgo at={pause.at} />
            {pause.reason && ` · ${pause.reason}`}
          </span>
        )}
        {!SAID_ENOUGH.has(reason.kind) && <Verbatim text={reason.message} />}
      </div>
    </li>
  );
}

function Countdown({ kind, until }: { kind: WaitView['kind']; until: string }) {
  const { t } = useTranslation('run');
  const now = useNow(1000);
  const left = durationOf(Math.max(0, -secondsBetween(until, null, now)));
  return (
    <span className="figures text-muted">
      {kind === 'approval' ? t('expiresIn', { left }) : t('overIn', { left })}
    </span>
  );
}
