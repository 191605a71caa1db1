import { Ban, CircleCheck, CircleX, Hourglass, TimerOff, Undo2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { ApprovalStatus } from '@/api/schema';
import { Badge } from '@/components/Badge';

const LOOKS = {
  waiting: { tone: 'warning', icon: Hourglass },
  approved: { tone: 'success', icon: CircleCheck },
  rejected: { tone: 'danger', icon: CircleX },
  revised: { tone: 'info', icon: Undo2 },
  expired: { tone: 'neutral', icon: TimerOff },
  cancelled: { tone: 'neutral', icon: Ban },
} as const;

/** How a question was answered. */
export function AnswerBadge({ status }: { status: ApprovalStatus }) {
  const { t } = useTranslation('approvals');
  return <Badge {...LOOKS[status]}>{t(`answer.${status}`)}</Badge>;
}
