import { useTranslation } from 'react-i18next';
import type { FailureView } from '@/api/schema';
import { CopyButton } from '@/components/CopyButton';
import { useFailureWords } from './failure-words';

/** Why an attempt failed: plain words, and what was recorded a click away. */
export function Failure({ failure }: { failure: FailureView }) {
  const { t } = useTranslation('run');
  const wordsOf = useFailureWords();
  return (
    <div className="min-w-0">
      <p className="font-medium">{wordsOf(failure.error)}</p>
      <p className="text-sm text-muted">
        {failure.retryable ? t('failure.retryable') : t('failure.final')}
      </p>
      <details className="mt-1 text-sm">
        <summary className="w-fit py-1 text-muted hover:text-text">{t('failure.raw')}</summary>
        <div className="flex items-start gap-2 rounded-md bg-sunken py-1 pr-1 pl-3">
          <code className="min-w-0 flex-1 py-1.5 font-mono text-xs whitespace-pre-wrap">
            <span className="text-danger">{failure.error}</span>: {failure.message}
          </code>
          <CopyButton text={`${failure.error}: ${failure.message}`} label={t('failure.copy')} />
        </div>
      </details>
    </div>
  );
}
