import { ShieldAlert, ShieldCheck, ShieldQuestionMark } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Risk } from '@/api/schema';
import { Badge } from '@/components/Badge';

const LOOKS = {
  low: { tone: 'neutral', icon: ShieldCheck },
  medium: { tone: 'info', icon: ShieldQuestionMark },
  high: { tone: 'warning', icon: ShieldAlert },
} as const;

export function RiskBadge({ risk }: { risk: Risk }) {
  const { t } = useTranslation('approvals');
  return <Badge {...LOOKS[risk]}>{t(`risk.${risk}`)}</Badge>;
}
