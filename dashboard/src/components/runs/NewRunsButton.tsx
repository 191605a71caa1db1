import { useQueryClient } from '@tanstack/react-query';
import { ArrowUp } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { isKeptFresh, type RunFilters, runKeys, useNewestRuns } from '@/api/runs';
import type { RunSummary } from '@/api/schema';
import { Button } from '@/components/Button';

interface NewRunsButtonProps {
  filters: RunFilters;
  runs: readonly RunSummary[];
  pages: number;
}

/** Who has scrolled far keeps the place: what is new is told, and shown when it is asked for. */
export function NewRunsButton({ filters, runs, pages }: NewRunsButtonProps) {
  const { t } = useTranslation('runs');
  const client = useQueryClient();
  const isOn = !isKeptFresh(pages);
  const newest = useNewestRuns(filters, { isOn }).data?.items ?? [];
  const first = runs[0]?.created_at ?? '';
  const count = isOn ? newest.filter((run) => run.created_at > first).length : 0;
  if (count === 0) {
    return null;
  }
  const show = () => {
    window.scrollTo({ top: 0 });
    void client.resetQueries({ queryKey: runKeys.list(filters), exact: true });
  };
  return (
    <div className="pointer-events-none fixed inset-x-0 top-17 z-20 flex justify-center md:left-58">
      <Button
        look="primary"
        size="small"
        icon={ArrowUp}
        onClick={show}
        className="pointer-events-auto rounded-full! shadow-overlay"
      >
        {t('newRuns', { count })}
      </Button>
    </div>
  );
}
