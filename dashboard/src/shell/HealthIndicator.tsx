import { CircleCheck, CloudOff, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useHealth } from '@/api/system';
import { Badge } from '@/components/Badge';
import { Tooltip } from '@/components/Tooltip';

const LOOKS = {
  ready: { tone: 'success', icon: CircleCheck },
  degraded: { tone: 'warning', icon: TriangleAlert },
  unreachable: { tone: 'danger', icon: CloudOff },
} as const;

/** How the system is, in a word; what is missing, when it is pointed at. */
export function HealthIndicator() {
  const { t } = useTranslation('shell');
  const { data } = useHealth();
  if (data === undefined) {
    return <span className="h-6 w-16" />;
  }
  const hint =
    data.state === 'degraded' ? (
      <>
        {t('health.degradedHint')}
        <ul lang="en" className="mt-1 flex flex-col gap-1 text-muted">
          {data.missing.map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      </>
    ) : (
      t(`health.${data.state}Hint`)
    );
  return (
    <Tooltip text={hint} opensOnClick>
      <button type="button" className="rounded-full" aria-live="polite">
        <Badge {...LOOKS[data.state]}>{t(`health.${data.state}`)}</Badge>
      </button>
    </Tooltip>
  );
}
