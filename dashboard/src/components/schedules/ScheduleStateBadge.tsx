import { CalendarCheck, CircleCheck, CirclePause, LoaderCircle } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { State } from '@/api/schema';
import { Badge } from '@/components/Badge';

const LOOKS = {
  active: { tone: 'success', icon: CalendarCheck },
  paused: { tone: 'warning', icon: CirclePause },
  due: { tone: 'info', icon: LoaderCircle },
  done: { tone: 'neutral', icon: CircleCheck },
} as const;

export function ScheduleStateBadge({ state }: { state: State }) {
  const { t } = useTranslation('schedules');
  return <Badge {...LOOKS[state]}>{t(`state.${state}`)}</Badge>;
}
