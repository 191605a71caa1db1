import { Link } from '@tanstack/react-router';
import { CornerLeftUp, CornerRightDown } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { RunDetail } from '@/api/schema';
import { Card } from '@/components/Card';
import { RunStatusBadge } from '@/components/StatusBadge';
import { useStepName } from '@/components/step-names';
import { TimeAgo } from '@/components/TimeAgo';

/** The run that this one repeats, and those that repeat it. */
export function Family({ run }: { run: RunDetail }) {
  const { t } = useTranslation('run');
  const nameOf = useStepName();
  if (run.parent === null && run.children.length === 0) {
    return null;
  }
  return (
    <Card flush title={t('family.title')}>
      <ul aria-label={t('family.title')}>
        {run.parent && (
          <li className="border-b last:border-b-0">
            <Link
              to="/runs/$runId"
              params={{ runId: run.parent.run_id }}
              className="flex items-center gap-3 px-4 py-3 -outline-offset-2 hover:bg-hover"
            >
              <CornerLeftUp size={16} aria-hidden className="shrink-0 text-muted" />
              <span className="min-w-0 flex-1">
                {t(`family.parent.${run.parent.kind}`, { step: nameOf(run.parent.from_step) })}
                <code className="block truncate font-mono text-xs text-muted">
                  {run.parent.run_id}
                </code>
              </span>
            </Link>
          </li>
        )}
        {run.children.map((child) => (
          <li key={child.run_id} className="border-b last:border-b-0">
            <Link
              to="/runs/$runId"
              params={{ runId: child.run_id }}
              className="flex items-center gap-3 px-4 py-3 -outline-offset-2 hover:bg-hover"
            >
              <CornerRightDown size={16} aria-hidden className="shrink-0 text-muted" />
              <span className="min-w-0 flex-1">
                {t(`family.child.${child.kind}`, { step: nameOf(child.from_step) })}
                <span className="block text-xs text-muted">
                  <TimeAgo at={child.created_at} />
                </span>
              </span>
              <RunStatusBadge status={child.status} />
            </Link>
          </li>
        ))}
      </ul>
    </Card>
  );
}
