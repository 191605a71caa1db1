import { useTranslation } from 'react-i18next';
import type { ApprovalView } from '@/api/schema';
import { dateTimeOf } from '@/lib/time';
import { AnswerBadge } from './AnswerBadge';

/** What was decided, by whom, and why. */
export function Answer({ question }: { question: ApprovalView }) {
  const { t, i18n } = useTranslation('approvals');
  return (
    <div className="flex flex-col gap-2">
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <AnswerBadge status={question.status} />
        <span className="text-sm text-muted">
          {question.decided_by && t('decidedBy', { name: question.decided_by })}{' '}
          {question.decided_at && dateTimeOf(question.decided_at, i18n.language)}
        </span>
      </p>
      {question.comment && <p className="whitespace-pre-wrap">{question.comment}</p>}
    </div>
  );
}
