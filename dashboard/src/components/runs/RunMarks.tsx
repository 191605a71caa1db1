import { CirclePause, FlaskConical, type LucideIcon, TestTube, UserRoundCheck } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { RunSummary } from '@/api/schema';
import { classes } from '@/lib/classes';

type Mark = 'waiting_for_approval' | 'paused' | 'dry_run' | 'simulated';

const MARKS: readonly [Mark, LucideIcon, boolean][] = [
  ['waiting_for_approval', UserRoundCheck, true],
  ['paused', CirclePause, true],
  ['dry_run', TestTube, false],
  ['simulated', FlaskConical, false],
];

/** What goes with a run's status, in a line of small print: badges would drown the topic. */
export function RunMarks({ run }: { run: RunSummary }) {
  const { t } = useTranslation();
  return MARKS.filter(([mark]) => run[mark]).map(([mark, Icon, isUrgent]) => (
    <span
      key={mark}
      className={classes(
        'inline-flex shrink-0 items-center gap-1 whitespace-nowrap',
        isUrgent && 'font-medium text-warning',
      )}
    >
      <Icon size={12} aria-hidden />
      {t(`runFlag.${mark}`)}
    </span>
  ));
}
