import { useTranslation } from 'react-i18next';
import { ApiError } from '@/api/errors';
import { useErrorSentence } from './ErrorState';

type FieldProblem = (
  error: Error | null,
  field: string,
  /** Which field refusals of a kind are about that name none. */
  fieldOf?: Readonly<Record<string, string>>,
) => string | undefined;

/** What is wrong with a field of what was sent: the API's own words where the page speaks English. */
export function useFieldProblem(): FieldProblem {
  const { t, i18n } = useTranslation();
  const sentence = useErrorSentence();
  return (error, field, fieldOf = {}) => {
    if (!(error instanceof ApiError)) {
      return undefined;
    }
    const detail = error.fieldMessage(field);
    if (detail === undefined) {
      return fieldOf[error.kind] === field ? sentence(error) : undefined;
    }
    const known = `field.${field.replace(/^order\./, '')}`;
    return i18n.exists(known) ? t(known as 'field.topic', { detail }) : detail;
  };
}
