import { Download } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { addressOf } from '@/api/client';
import type { ShownView } from '@/api/schema';

/** An input of the step as it is, whatever its kind: a click away. */
export function ShownRaw({ name, shown }: { name: string; shown: ShownView }) {
  const { t } = useTranslation('approvals');
  return (
    <details className="rounded-md border">
      <summary className="flex min-h-10 items-center gap-2 px-3 py-2 text-sm font-medium pointer-coarse:min-h-12">
        {t('raw', { name })}
        <span className="font-normal text-muted">{shown.kind}</span>
      </summary>
      <div className="border-t">
        {shown.content === null ? (
          <p className="p-3 text-sm text-muted">{t('tooLarge')}</p>
        ) : (
          <pre className="max-h-80 overflow-auto bg-sunken p-3 font-mono text-xs whitespace-pre-wrap">
            {JSON.stringify(shown.content, null, 2)}
          </pre>
        )}
        <ul>
          {shown.files.map((file) => (
            <li key={file.name}>
              <a
                href={addressOf(file.url)}
                download={file.name}
                className="flex min-h-10 items-center gap-2 px-3 text-sm text-accent hover:bg-hover pointer-coarse:min-h-12"
              >
                <Download size={15} aria-hidden />
                {file.name}
              </a>
            </li>
          ))}
        </ul>
      </div>
    </details>
  );
}
