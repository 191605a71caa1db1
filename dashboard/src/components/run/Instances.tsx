import { useTranslation } from 'react-i18next';
import { useStepInstances } from '@/api/run-steps';
import type { InstanceView, StepView } from '@/api/schema';
import { ErrorState } from '@/components/ErrorState';
import { LoadMore } from '@/components/LoadMore';
import { Money } from '@/components/Money';
import { SkeletonRows } from '@/components/Skeleton';
import { StepStatusBadge } from '@/components/StatusBadge';
import { Table, Td, Th, Tr } from '@/components/Table';
import { countOf } from '@/lib/money';
import { durationOf } from '@/lib/time';
import { Failure } from './Failure';
import { Progress } from './Progress';

/** A step that runs once for each item of a list: how far it is, and each item that has begun. */
export function Instances({ runId, step }: { runId: string; step: StepView }) {
  const { t } = useTranslation('run');
  const isLive = step.status === 'running';
  const list = useStepInstances(runId, step.step, { isLive });
  const items = list.data?.pages.flatMap((page) => page.items);
  return (
    <section aria-label={t('instances')} className="flex flex-col gap-3">
      <h3 className="text-xs font-semibold text-muted">{t('instances')}</h3>
      {step.instances && (
        <Progress
          label={t('instances')}
          fraction={step.instances.completed / Math.max(step.instances.count, 1)}
          note={t('instancesNote', {
            completed: countOf(step.instances.completed),
            running: countOf(step.instances.running),
            failed: countOf(step.instances.failed),
            count: countOf(step.instances.count),
          })}
        />
      )}
      {items === undefined && list.error === null && <SkeletonRows rows={3} className="h-8" />}
      {items === undefined && list.error !== null && (
        <ErrorState error={list.error} onRetry={list.refetch} isRetrying={list.isFetching} />
      )}
      {items !== undefined && items.length > 0 && (
        <div className="panel overflow-hidden">
          <Table label={t('instances')}>
            <thead>
              <tr>
                <Th>{t('instance')}</Th>
                <Th>{t('state')}</Th>
                <Th className="text-right">{t('span.run')}</Th>
                <Th className="text-right">{t('tokens')}</Th>
                <Th className="text-right">{t('cost')}</Th>
              </tr>
            </thead>
            <tbody>
              {items.map((item) => (
                <Instance key={item.index} item={item} />
              ))}
            </tbody>
          </Table>
        </div>
      )}
      <LoadMore
        hasMore={list.hasNextPage}
        busy={list.isFetchingNextPage}
        onMore={list.fetchNextPage}
      />
    </section>
  );
}

function Instance({ item }: { item: InstanceView }) {
  const { t } = useTranslation('run');
  const failure = item.attempts.at(-1)?.failure;
  return (
    <Tr>
      <Td className="figures">
        #{item.index + 1}
        {item.attempt > 1 && (
          <span className="text-muted"> · {t('attempts', { count: item.attempt })}</span>
        )}
        {failure && <Failure failure={failure} />}
      </Td>
      <Td>
        <StepStatusBadge status={item.status} />
      </Td>
      <Td className="figures text-right">
        {item.duration_ms === null ? '–' : durationOf(item.duration_ms / 1000)}
      </Td>
      <Td className="figures text-right">{countOf(item.tokens)}</Td>
      <Td className="text-right">
        <Money usd={item.cost_usd} />
      </Td>
    </Tr>
  );
}
