import { Download, FileJson } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { addressOf } from '@/api/client';
import { useStepOutput } from '@/api/run-steps';
import type { ShownView, StepView } from '@/api/schema';
import { Button, buttonClass } from '@/components/Button';
import { CopyButton } from '@/components/CopyButton';
import { Dialog } from '@/components/Dialog';
import { ErrorState } from '@/components/ErrorState';
import { Loading, Skeleton } from '@/components/Skeleton';
import { useStepName } from '@/components/step-names';
import { bytesOf } from '@/lib/bytes';

/** What a step has made, of whatever kind: as it was recorded, with its files. */
export function StepOutput({ runId, step }: { runId: string; step: StepView }) {
  const { t } = useTranslation('run');
  const nameOf = useStepName();
  const [isOpen, setIsOpen] = useState(false);
  const version = isOpen ? (step.completed_at ?? step.status) : null;
  const { data, error, refetch, isFetching } = useStepOutput(runId, step.step, version);
  return (
    <section aria-label={t('output')} className="flex flex-wrap items-center gap-3">
      <Button size="small" icon={FileJson} onClick={() => setIsOpen(true)}>
        {t('showOutput')}
      </Button>
      <span className="text-sm text-muted">{step.output_kind}</span>
      <Dialog
        isWide
        isOpen={isOpen}
        onClose={() => setIsOpen(false)}
        title={t('outputOf', { step: nameOf(step.step) })}
      >
        {data === undefined && error === null && (
          <Loading>
            <Skeleton className="h-64" />
          </Loading>
        )}
        {data === undefined && error !== null && (
          <ErrorState error={error} onRetry={refetch} isRetrying={isFetching} />
        )}
        {data && <Content output={data} />}
      </Dialog>
    </section>
  );
}

function Content({ output }: { output: ShownView }) {
  const { t } = useTranslation('run');
  const text = output.content === null ? null : JSON.stringify(output.content, null, 2);
  return (
    <div className="flex flex-col gap-4">
      <div className="flex items-center justify-between gap-3 text-sm text-muted">
        <span className="figures">
          {output.kind} · {bytesOf(output.size_bytes)}
        </span>
        {text !== null && <CopyButton text={text} label={t('copyOutput')} />}
      </div>
      {text === null ? (
        <p className="text-muted">{t('outputTooLarge')}</p>
      ) : (
        <pre className="max-h-[50dvh] overflow-auto rounded-md bg-sunken p-3 font-mono text-xs whitespace-pre-wrap">
          {text}
        </pre>
      )}
      {output.files.length > 0 && (
        <ul className="flex flex-wrap gap-2">
          {output.files.map((file) => (
            <li key={file.url}>
              <a
                href={addressOf(file.url)}
                download={file.name}
                className={buttonClass('secondary', 'small')}
              >
                <Download size={15} aria-hidden />
                {file.name}
                <span className="figures text-muted">{bytesOf(file.size_bytes)}</span>
              </a>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
