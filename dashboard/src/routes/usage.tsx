import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { PageHeader } from '@/components/PageHeader';
import { Tabs } from '@/components/Tabs';
import { CallList } from '@/components/usage/CallList';
import { DayCosts } from '@/components/usage/DayCosts';
import { NamedCosts } from '@/components/usage/NamedCosts';
import { PeriodPicker } from '@/components/usage/PeriodPicker';
import { RunCosts } from '@/components/usage/RunCosts';
import { UsageCards } from '@/components/usage/UsageCards';
import { DEFAULT_PERIOD, type Span, spanOf } from '@/lib/period';
import type { PeriodName } from '@/lib/period-names';
import { viewerZone } from '@/lib/zone';
import { USAGE_GROUPS, type UsageGroup } from './usage.search';

export default function Usage() {
  const { t } = useTranslation('usage');
  const search = useSearch({ from: '/usage' });
  const navigate = useNavigate({ from: '/usage' });
  const { period = DEFAULT_PERIOD, group_by = 'day', agent = '', model = '' } = search;
  const span = spanOf(search);

  const choosePeriod = (name: PeriodName, own?: Span) => {
    const { from: _from, to: _to, ...rest } = search;
    void navigate({ search: { ...rest, ...own, period: name }, replace: true });
  };
  const content = {
    day: <DayCosts span={span} />,
    agent: <NamedCosts by="agent" span={span} />,
    model: <NamedCosts by="model" span={span} />,
    run: <RunCosts span={span} />,
    call: (
      <CallList
        span={span}
        chosen={{ agent, model }}
        onChoose={(chosen) => void navigate({ search: { ...search, ...chosen }, replace: true })}
      />
    ),
  } satisfies Record<UsageGroup, React.ReactNode>;
  return (
    <>
      <PageHeader title={t('title')} description={t('description', { zone: viewerZone() })} />
      <div className="flex flex-col gap-6">
        <PeriodPicker period={period} span={span} onChange={choosePeriod} />
        <UsageCards span={span} />
        <Tabs
          label={t('groups')}
          value={group_by}
          onChange={(group) => void navigate({ search: { ...search, group_by: group } })}
          tabs={USAGE_GROUPS.map((value) => ({
            value,
            label: t(`group.${value}`),
            content:
              value === group_by ? (
                <div className="flex flex-col gap-6">{content[value]}</div>
              ) : null,
          }))}
        />
      </div>
    </>
  );
}
