import { Pause, Play, Trash2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useSwitchSchedule } from '@/api/schedules';
import type { ScheduleView } from '@/api/schema';
import { useErrorSentence } from '@/components/ErrorState';
import { IconButton } from '@/components/IconButton';
import { cronInWords } from '@/lib/cron';
import { dateTimeOf } from '@/lib/time';
import { toast } from '@/lib/toasts';
import { LastTime } from './LastTime';
import { NextTime } from './NextTime';
import { orderOf } from './order';
import { ScheduleStateBadge } from './ScheduleStateBadge';

interface ScheduleItemProps {
  schedule: ScheduleView;
  may: boolean;
  onRemove: () => void;
}

/** What runs when: one line at a desk, one below the other on a phone. */
export function ScheduleItem({ schedule, may, onRemove }: ScheduleItemProps) {
  const { t, i18n } = useTranslation('schedules');
  const { topic, channelId, pipeline, marks } = orderOf(schedule);
  const when = schedule.cron
    ? cronInWords(schedule.cron, i18n.language)
    : dateTimeOf(schedule.at ?? '', i18n.language, schedule.tz);
  return (
    <li className="grid gap-x-6 gap-y-3 border-b px-4 py-4 last:border-b-0 lg:grid-cols-[minmax(0,1.3fr)_minmax(0,1.1fr)_minmax(0,1.3fr)_minmax(0,1fr)_auto]">
      <div className="min-w-0">
        <p className="flex items-center gap-2">
          <span className="truncate font-medium">{schedule.name || topic}</span>
          <ScheduleStateBadge state={schedule.state} />
        </p>
        <p className="truncate text-sm text-muted">
          {[schedule.name && topic, channelId, pipeline, ...marks.map((mark) => t(`mark.${mark}`))]
            .filter(Boolean)
            .join(' · ')}
        </p>
      </div>
      <Part name={t('when')}>
        <span className="block truncate">{when}</span>
        <span className="block truncate text-sm text-muted">
          {schedule.cron && <code className="font-mono text-xs">{schedule.cron}</code>}
          {schedule.cron && ' · '}
          {schedule.tz}
        </span>
      </Part>
      <Part name={t('next')}>
        <NextTime schedule={schedule} />
      </Part>
      <Part name={t('last')}>
        <LastTime last={schedule.last} />
      </Part>
      <div className="flex items-start justify-end gap-1 max-lg:-mt-2">
        <Switch schedule={schedule} may={may} />
        <IconButton
          icon={Trash2}
          label={t('remove', { name: schedule.name || topic })}
          disabled={!may}
          onClick={onRemove}
        />
      </div>
      {schedule.last?.outcome === 'failed' && (
        <p className="text-sm text-danger lg:col-span-full">{schedule.last.error}</p>
      )}
    </li>
  );
}

/** A value with its name: over it at a desk, before it on a phone. */
function Part({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex min-w-0 gap-3 lg:flex-col lg:gap-0.5">
      <span className="w-12 shrink-0 pt-px text-sm text-muted lg:w-auto lg:pt-0 lg:text-xs">
        {name}
      </span>
      <div className="min-w-0 flex-1">{children}</div>
    </div>
  );
}

function Switch({ schedule, may }: { schedule: ScheduleView; may: boolean }) {
  const { t } = useTranslation('schedules');
  const sentence = useErrorSentence();
  const change = useSwitchSchedule();
  const isPaused = schedule.state === 'paused';
  const name = schedule.name || orderOf(schedule).topic;
  if (schedule.state === 'done' || schedule.state === 'due') {
    return null;
  }
  return (
    <IconButton
      icon={isPaused ? Play : Pause}
      label={t(isPaused ? 'resume' : 'pause', { name })}
      disabled={!may || change.isPending}
      aria-busy={change.isPending || undefined}
      onClick={() =>
        change.mutate(
          { id: schedule.id, isPaused: !isPaused },
          { onError: (error) => toast('danger', sentence(error)) },
        )
      }
    />
  );
}
