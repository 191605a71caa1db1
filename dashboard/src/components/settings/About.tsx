import { ExternalLink } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useGatewayVersion } from '@/api/about';
import { addressOf } from '@/api/client';
import { Card } from '@/components/Card';

const LINKS = [
  { name: 'docs', path: '/docs' },
  { name: 'openapi', path: '/openapi.json' },
  { name: 'health', path: '/health/ready' },
  { name: 'metrics', path: '/metrics' },
] as const;

/** Which version runs here, and where programs are told how to ask. */
export function About() {
  const { t } = useTranslation('settings');
  const { data, error } = useGatewayVersion();
  return (
    <Card flush>
      <dl className="flex min-h-12 items-center justify-between gap-4 border-b px-4">
        <dt className="text-muted">{t('about.version')}</dt>
        <dd className="figures font-medium">
          {data ?? (error === null ? '…' : t('about.unknown'))}
        </dd>
      </dl>
      <ul>
        {LINKS.map(({ name, path }) => (
          <li key={name} className="border-b last:border-b-0">
            <a
              href={addressOf(path)}
              target="_blank"
              rel="noreferrer"
              className="flex min-h-12 items-center justify-between gap-4 px-4 -outline-offset-2 hover:bg-hover"
            >
              <span>
                {t(`about.${name}`)}
                <code className="ml-2 font-mono text-xs text-muted">{path}</code>
              </span>
              <ExternalLink size={15} aria-hidden className="shrink-0 text-muted" />
            </a>
          </li>
        ))}
      </ul>
    </Card>
  );
}
