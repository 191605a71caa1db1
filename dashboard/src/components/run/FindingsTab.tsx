import { ExternalLink, SearchCheck } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Claim, Findings, Source } from '@/api/schema';
import { Card } from '@/components/Card';
import { NotYet } from './NotYet';

interface FindingsTabProps {
  findings: Findings | null | undefined;
  isOver: boolean;
}

/** What the video says is true, and who says so. */
export function FindingsTab({ findings, isOver }: FindingsTabProps) {
  const { t } = useTranslation('run');
  if (!findings) {
    return <NotYet icon={SearchCheck} title={t('findings.empty')} isOver={isOver} />;
  }
  return (
    <div className="flex flex-col gap-4">
      <Card title={t('findings.summary')}>
        <p className="max-w-prose text-base leading-relaxed">{findings.summary}</p>
      </Card>
      <Card flush title={t('findings.claims', { count: findings.claims.length })}>
        <ol>
          {findings.claims.map((claim, index) => (
            <ClaimItem key={claim.text} claim={claim} number={index + 1} />
          ))}
        </ol>
      </Card>
      {findings.brand_notes.length > 0 && (
        <Card title={t('findings.brandNotes')}>
          <ul className="flex list-disc flex-col gap-1 pl-5">
            {findings.brand_notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </Card>
      )}
    </div>
  );
}

function ClaimItem({ claim, number }: { claim: Claim; number: number }) {
  const { t } = useTranslation('run');
  return (
    <li className="flex gap-3 border-b px-4 py-3 last:border-b-0">
      <span className="figures w-6 shrink-0 text-right text-sm font-semibold text-muted">
        {number}
      </span>
      <div className="min-w-0">
        <p className="max-w-prose">{claim.text}</p>
        <ul aria-label={t('findings.sources')} className="mt-1.5 flex flex-col gap-1 text-sm">
          {claim.sources.length === 0 && <li className="text-warning">{t('findings.noSource')}</li>}
          {claim.sources.map((source) => (
            <li key={`${source.kind}-${source.url}-${source.title}`}>
              <SourceLink source={source} />
            </li>
          ))}
        </ul>
      </div>
    </li>
  );
}

function SourceLink({ source }: { source: Source }) {
  const { t } = useTranslation('run');
  const kind = <span className="text-muted">{t(`findings.kind.${source.kind}`)}</span>;
  if (!/^https?:\/\//.test(source.url)) {
    return (
      <span>
        {kind} {source.title || source.url}
      </span>
    );
  }
  return (
    <span>
      {kind}{' '}
      <a
        href={source.url}
        target="_blank"
        rel="noreferrer"
        className="inline-flex max-w-full items-baseline gap-1 text-accent hover:underline"
      >
        {source.title || source.url}
        <ExternalLink size={12} aria-hidden className="shrink-0 self-center" />
      </a>{' '}
      <span className="inline-block text-xs text-faint">{new URL(source.url).hostname}</span>
    </span>
  );
}
