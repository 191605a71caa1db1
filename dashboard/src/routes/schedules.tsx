import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { CalendarClock, Plus } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '@/api/me';
import { useSchedules } from '@/api/schedules';
import type { ScheduleView } from '@/api/schema';
import { buttonClass } from '@/components/Button';
import { EmptyState } from '@/components/EmptyState';
import { ErrorState } from '@/components/ErrorState';
import { PageHeader } from '@/components/PageHeader';
import { ScopeNotice } from '@/components/ScopeNotice';
import { SkeletonRows } from '@/components/Skeleton';
import { RemoveSchedule } from '@/components/schedules/RemoveSchedule';
import { ScheduleItem } from '@/components/schedules/ScheduleItem';

const ScheduleForm = lazy(() => import('@/components/schedules/ScheduleForm'));

const FROM = '/schedules';
const SKELETONS = 4;

export default function Schedules() {
  const { t } = useTranslation('schedules');
  const may = useMay('run');
  const { add, ...order } = useSearch({ from: FROM });
  const navigate = useNavigate({ from: FROM });
  const isAdding = add === true || Object.keys(order).length > 0;
  return (
    <>
      <PageHeader title={t('title')} description={t('description')} actions={may && <AddLink />} />
      {!may && <ScopeNotice scope="run" />}
      <List may={may} />
      {isAdding && (
        <Suspense>
          <ScheduleForm
            order={order}
            may={may}
            onClose={() => void navigate({ search: {}, replace: true })}
          />
        </Suspense>
      )}
    </>
  );
}

function List({ may }: { may: boolean }) {
  const { t } = useTranslation('schedules');
  const [removing, setRemoving] = useState<ScheduleView | null>(null);
  const { data, error, refetch, isFetching } = useSchedules();
  return (
    <>
      <div className="panel overflow-hidden">
        {data === undefined && error === null && <SkeletonRows rows={SKELETONS} className="h-16" />}
        {data === undefined && error !== null && (
          <ErrorState error={error} onRetry={refetch} isRetrying={isFetching} />
        )}
        {data?.items.length === 0 && (
          <EmptyState
            icon={CalendarClock}
            title={t('empty')}
            hint={t('emptyHint')}
            action={may && <AddLink />}
          />
        )}
        <ul aria-label={t('title')}>
          {data?.items.map((schedule) => (
            <ScheduleItem
              key={schedule.id}
              schedule={schedule}
              may={may}
              onRemove={() => setRemoving(schedule)}
            />
          ))}
        </ul>
      </div>
      <RemoveSchedule schedule={removing} onClose={() => setRemoving(null)} />
    </>
  );
}

function AddLink() {
  const { t } = useTranslation('schedules');
  return (
    <Link to="/schedules" search={{ add: true }} className={buttonClass('primary')}>
      <Plus size={16} aria-hidden />
      {t('add')}
    </Link>
  );
}
