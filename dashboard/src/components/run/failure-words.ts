import { useTranslation } from 'react-i18next';

/** Errors that have a plain sentence; several of them may mean the same to a person. */
const KINDS = {
  ApprovalExpired: 'expired',
  ApprovalRejected: 'rejected',
  BlobDamagedError: 'file',
  BlobMissingError: 'file',
  CallRejectedError: 'refused',
  ConditionError: 'condition',
  DeliveriesExhausted: 'crashed',
  DiskFullError: 'disk',
  LibraryError: 'library',
  ProviderError: 'provider',
  RenderError: 'render',
  RunDeadlineExceeded: 'deadline',
  StepRejectedError: 'input',
  TimeoutError: 'timeout',
  TryLaterError: 'later',
} as const;

/** What a failure means to somebody who does not know the code. */
export function useFailureWords(): (error: string) => string {
  const { t } = useTranslation('run');
  return (error) => {
    const known = Object.entries(KINDS).find(([name]) => name === error);
    return known === undefined ? t('failure.other') : t(`failure.${known[1]}`);
  };
}
