import { CirclePause, FlaskConical, type LucideIcon, TestTube, UserRoundCheck } from 'lucide-react';
import type { RunSummary } from '@/api/schema';
import { classes } from '@/lib/classes';
import type { RowWords } from './RunRow';

type Mark = 'waiting_for_approval' | 'paused' | 'dry_run' | 'simulated';

const MARKS: readonly [Mark, LucideIcon, boolean][] = [
  ['waiting_for_approval', UserRoundCheck, true],
  ['paused', CirclePause, true],
  ['dry_run', TestTube, false],
  ['simulated', FlaskConical, false],
];

/** What goes with a run's status, in a line of small print: badges would drown the topic. */
export function RunMarks({ run, words }: { run: RunSummary; words: RowWords }) {
  return MARKS.filter(([mark]) => run[mark]).map(([mark, Icon, isUrgent]) => (
    <span
      key={mark}
      className={classes(
        'inline-flex shrink-0 items-center gap-1 whitespace-nowrap',
        isUrgent && 'font-medium text-warning',
      )}
    >
      <Icon size={12} aria-hidden />
      {words.t(`common:runFlag.${mark}`)}
    </span>
  ));
}
