import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { Duration } from '@/components/Duration';
import { Money } from '@/components/Money';
import { RunStatusBadge } from '@/components/StatusBadge';
import { TimeAgo } from '@/components/TimeAgo';
import { RunMarks } from './RunMarks';
import { type RunRowProps, TopicLink } from './RunRow';
import { SelectBox } from './SelectBox';

/** A run on a phone: the same as a row, one below the other. */
export const RunCard = memo(function RunCard({ run, isSelected, onToggle }: RunRowProps) {
  const { t } = useTranslation('runs');
  return (
    <div role="presentation" className="flex items-start py-2.5 pr-4">
      {/* biome-ignore lint/a11y/useFocusableInteractive: rows have the focus */}
      {/* biome-ignore lint/a11y/useSemanticElements: as the grid */}
      <div role="gridcell">
        <SelectBox
          label={t('select', { topic: run.topic })}
          isOn={isSelected}
          onToggle={() => onToggle(run.run_id)}
        />
      </div>
      {/* biome-ignore lint/a11y/useFocusableInteractive: rows have the focus */}
      {/* biome-ignore lint/a11y/useSemanticElements: as the grid */}
      <div role="gridcell" className="flex min-w-0 flex-1 flex-col gap-1.5 pt-2">
        <TopicLink run={run} className="line-clamp-2 font-medium" />
        <span className="flex flex-wrap items-center gap-x-3 gap-y-1 text-xs text-muted">
          <RunStatusBadge status={run.status} />
          <span>{run.pipeline}</span>
          <RunMarks run={run} />
          {run.current_agent && <span>{run.current_agent}</span>}
        </span>
        <span className="flex items-center gap-x-2 text-sm text-muted">
          <span className="min-w-0 truncate">{run.brand_name || run.channel_id}</span>
          <span aria-hidden>·</span>
          <TimeAgo at={run.created_at} />
          <span aria-hidden>·</span>
          <Duration from={run.created_at} to={run.completed_at} />
          <span className="ml-auto text-text">
            <Money usd={run.cost_usd} />
          </span>
        </span>
      </div>
    </div>
  );
});
