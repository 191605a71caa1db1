import { CircleAlert, RotateCw } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '@/api/errors';
import { Button } from './Button';

interface ErrorStateProps {
  error: Error;
  onRetry?: () => void;
  isRetrying?: boolean;
}

/** A sentence for a person about what went wrong: the API's own where the page speaks English. */
export function useErrorSentence(): (error: Error) => string {
  const { t, i18n } = useTranslation();
  return (error) => {
    if (!(error instanceof ApiError)) {
      return error.message || t('error.unknown');
    }
    if (error.status === 0) {
      return t('error.unreachable');
    }
    const detail = error.detail || error.title || error.message;
    const known = `problem.${error.kind}`;
    return i18n.exists(known) ? t(known as 'problem.internal', { detail }) : detail;
  };
}

/** What the API said, where the page says it in its own words. */
export function Original({ error }: { error: Error }) {
  const sentence = useErrorSentence();
  const detail = error instanceof ApiError ? error.detail : '';
  return detail === '' || detail === sentence(error) ? null : <Verbatim text={detail} />;
}

/** Words of the API, which speaks English, a click away. */
export function Verbatim({ text }: { text: string }) {
  const { t } = useTranslation();
  return (
    <details className="text-xs">
      <summary className="min-h-6">{t('error.original')}</summary>
      <p lang="en" className="mt-1">
        {text}
      </p>
    </details>
  );
}

const NAMED = [403, 404, 429, 500, 503] as const;

function isNamed(status: number): status is (typeof NAMED)[number] {
  return NAMED.some((each) => each === status);
}

/** In place of what could not be loaded: what failed, and a way to try again. */
export function ErrorState({ error, onRetry, isRetrying = false }: ErrorStateProps) {
  const { t } = useTranslation();
  const sentence = useErrorSentence();
  const status = error instanceof ApiError ? error.status : 0;
  const title = isNamed(status) ? t(`error.status.${status}`) : t('error.title');
  const requestId = error instanceof ApiError ? error.requestId : '';
  return (
    <div role="alert" className="flex flex-col items-center gap-3 px-6 py-12 text-center">
      <CircleAlert size={28} aria-hidden className="text-danger" />
      <div className="flex max-w-prose flex-col gap-1">
        <p className="font-semibold">{title}</p>
        <p className="text-muted">{sentence(error)}</p>
        <Original error={error} />
        {requestId && (
          <p className="text-xs text-faint">
            {t('error.requestId')} <code className="font-mono">{requestId}</code>
          </p>
        )}
      </div>
      {onRetry && (
        <Button icon={RotateCw} onClick={onRetry} busy={isRetrying}>
          {t('action.retry')}
        </Button>
      )}
    </div>
  );
}

/** Under a form or beside a button: why it did not go well. */
export function InlineError({ error }: { error: Error }) {
  const sentence = useErrorSentence();
  return (
    <div
      role="alert"
      className="mt-3 flex items-start gap-2 rounded-md bg-danger-soft px-3 py-2 text-sm text-danger"
    >
      <CircleAlert size={16} aria-hidden className="mt-0.5 shrink-0" />
      <div className="min-w-0">
        {sentence(error)}
        <Original error={error} />
      </div>
    </div>
  );
}
