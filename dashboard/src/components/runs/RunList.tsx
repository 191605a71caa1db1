import { Link } from '@tanstack/react-router';
import type { RunSummary } from '@/api/schema';
import { Duration } from '@/components/Duration';
import { Money } from '@/components/Money';
import { RunFlags, RunStatusBadge } from '@/components/StatusBadge';
import { TimeAgo } from '@/components/TimeAgo';

/** Some runs, each of which is a link: two lines a run, on a phone too. */
export function RunList({ label, runs }: { label: string; runs: readonly RunSummary[] }) {
  return (
    <ul aria-label={label}>
      {runs.map((run) => (
        <li key={run.run_id} className="border-b last:border-b-0">
          <Link
            to="/runs/$runId"
            params={{ runId: run.run_id }}
            className="flex gap-x-4 gap-y-1.5 px-4 py-3 max-sm:flex-col sm:items-center -outline-offset-2 hover:bg-hover"
          >
            <span className="max-w-full min-w-0 sm:flex-1">
              <span className="block truncate font-medium">{run.topic}</span>
              <span className="flex flex-wrap items-center gap-x-2 text-sm text-muted">
                <span className="truncate">{run.brand_name}</span>
                <span aria-hidden>·</span>
                <span className="truncate">{run.pipeline}</span>
                <span aria-hidden>·</span>
                <TimeAgo at={run.created_at} />
                <span aria-hidden>·</span>
                <Duration from={run.created_at} to={run.completed_at} />
                <span aria-hidden>·</span>
                <Money usd={run.cost_usd} />
              </span>
            </span>
            <span className="flex flex-wrap items-center gap-1.5 sm:justify-end">
              <RunFlags run={run} />
              <RunStatusBadge status={run.status} />
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
