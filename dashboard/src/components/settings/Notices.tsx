import { CircleAlert, CircleCheck, Send } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useMay } from '@/api/me';
import { useTryNotices } from '@/api/notices';
import type { TrialView } from '@/api/schema';
import { Button } from '@/components/Button';
import { Card } from '@/components/Card';
import { InlineError } from '@/components/ErrorState';
import { ScopeNotice } from '@/components/ScopeNotice';
import { Section } from './Section';

/** Whether messages reach people where they are: what happens at each target shows after a trial. */
export function Notices() {
  const { t } = useTranslation('settings');
  const mayAdmin = useMay('admin');
  const trial = useTryNotices();
  return (
    <Section title={t('notices.title')} description={t('notices.description')}>
      {!mayAdmin && <ScopeNotice scope="admin" />}
      <Card>
        <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
          <p className="min-w-0 flex-1 basis-60 text-muted">{t('notices.hint')}</p>
          <Button
            icon={Send}
            disabled={!mayAdmin}
            busy={trial.isPending}
            onClick={() => trial.mutate()}
          >
            {t('notices.try')}
          </Button>
        </div>
        {trial.error && <InlineError error={trial.error} />}
        <div role="status">{trial.data && <Results items={trial.data.items} />}</div>
      </Card>
    </Section>
  );
}

function Results({ items }: { items: readonly TrialView[] }) {
  const { t } = useTranslation('settings');
  if (items.length === 0) {
    return (
      <p className="mt-4 border-t pt-4">
        <span className="font-medium">{t('notices.nobody')}</span>{' '}
        <span className="text-muted">{t('notices.nobodyHint')}</span>
      </p>
    );
  }
  return (
    <ul className="mt-4 border-t pt-2">
      {items.map(({ target, problem }) => (
        <li key={target} className="flex min-h-9 items-start gap-2.5 py-1.5">
          {problem === null ? (
            <CircleCheck size={18} aria-hidden className="mt-0.5 shrink-0 text-success" />
          ) : (
            <CircleAlert size={18} aria-hidden className="mt-0.5 shrink-0 text-danger" />
          )}
          <div className="min-w-0">
            <span className="font-medium">{t(`notices.target.${target}`)}</span>{' '}
            <span className={problem === null ? 'text-muted' : 'text-danger'}>
              {problem === null ? t('notices.taken') : t('notices.refused')}
            </span>
            {problem !== null && (
              <p lang="en" className="text-sm break-words text-muted">
                {problem}
              </p>
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}
