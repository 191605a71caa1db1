import {
  Ban,
  CircleCheck,
  CircleDashed,
  CirclePause,
  CirclePlay,
  CircleX,
  FlaskConical,
  LoaderCircle,
  type LucideIcon,
  SkipForward,
  TestTube,
  UserRoundCheck,
} from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { RunStatus, StepStatus } from '@/api/schema';
import { Badge, type Tone } from './Badge';

interface Look {
  tone: Tone;
  icon: LucideIcon;
}

const FINAL = {
  completed: { tone: 'success', icon: CircleCheck },
  failed: { tone: 'danger', icon: CircleX },
  cancelled: { tone: 'neutral', icon: Ban },
} satisfies Record<string, Look>;

const RUN: Record<RunStatus, Look> = {
  ...FINAL,
  pending: { tone: 'neutral', icon: CircleDashed },
  running: { tone: 'info', icon: CirclePlay },
};

const STEP: Record<StepStatus, Look> = {
  ...FINAL,
  waiting: { tone: 'neutral', icon: CircleDashed },
  awaiting_approval: { tone: 'warning', icon: UserRoundCheck },
  running: { tone: 'info', icon: LoaderCircle },
  skipped: { tone: 'neutral', icon: SkipForward },
};

export function RunStatusBadge({ status }: { status: RunStatus }) {
  const { t } = useTranslation();
  return <RunStatusLabel status={status} word={t(`runStatus.${status}`)} />;
}

/**
 * The same for a list of many, which brings the word. It stands still: a run may wait for days, and
 * what turns is a layer of its own to the browser, dozens of them in a list. A step at work turns.
 */
export function RunStatusLabel({ status, word }: { status: RunStatus; word: string }) {
  return <Badge {...RUN[status]}>{word}</Badge>;
}

export function StepStatusBadge({ status }: { status: StepStatus }) {
  const { t } = useTranslation();
  return (
    <Badge {...STEP[status]} isTurning={status === 'running'}>
      {t(`stepStatus.${status}`)}
    </Badge>
  );
}

interface Flags {
  paused: boolean;
  waiting_for_approval: boolean;
  simulated: boolean;
  dry_run: boolean;
}

const FLAGS: [keyof Flags, Look][] = [
  ['waiting_for_approval', { tone: 'warning', icon: UserRoundCheck }],
  ['paused', { tone: 'warning', icon: CirclePause }],
  ['dry_run', { tone: 'neutral', icon: TestTube }],
  ['simulated', { tone: 'neutral', icon: FlaskConical }],
];

/** What goes with a run's status: paused, needs approval, dry run, simulated. */
export function RunFlags({ run }: { run: Flags }) {
  const { t } = useTranslation();
  return FLAGS.filter(([flag]) => run[flag]).map(([flag, look]) => (
    <Badge key={flag} {...look}>
      {t(`runFlag.${flag}`)}
    </Badge>
  ));
}
