import { CircleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { ApprovalView } from '@/api/schema';
import { useErrorSentence } from '@/components/ErrorState';
import { Answer } from './Answer';
import { Decision } from './Decision';
import { DecisionDialog } from './DecisionDialog';
import { Rounds } from './Rounds';
import { Shown } from './Shown';
import type { Deciding } from './use-decision';

interface QuestionProps {
  question: ApprovalView;
  deciding: Deciding;
  /** What else the page shows of the run need not be shown here. */
  isBrief?: boolean;
}

/** What a decision is about and, in reach of a thumb, the decision; or what was decided. */
export function Question({ question, deciding, isBrief = false }: QuestionProps) {
  const { t } = useTranslation('approvals');
  const isWaiting = question.status === 'waiting';
  const late = deciding.late?.run_id === question.run_id && deciding.late.step === question.step;
  return (
    <>
      <div className="flex flex-col gap-6 p-4 md:p-5">
        <Shown question={question} isBrief={isBrief} />
        {question.rounds.length > 1 && <Rounds title={t('rounds')} rounds={question.rounds} />}
      </div>
      <footer
        className={
          isWaiting && !isBrief
            ? 'sticky bottom-[calc(3.5rem+env(safe-area-inset-bottom))] rounded-b-lg border-t bg-surface p-3 md:bottom-0 md:p-4'
            : 'border-t p-4 md:p-5'
        }
      >
        {late && deciding.late && <TooLate error={deciding.late.error} />}
        {isWaiting ? (
          <Decision question={question} deciding={deciding} />
        ) : (
          <Answer question={question} />
        )}
      </footer>
      <DecisionDialog question={question} deciding={deciding} />
    </>
  );
}

function TooLate({ error }: { error: Error }) {
  const { t } = useTranslation('approvals');
  const sentence = useErrorSentence();
  return (
    <p role="alert" className="mb-3 flex items-start gap-2 text-sm text-danger">
      <CircleAlert size={16} aria-hidden className="mt-0.5 shrink-0" />
      <span>
        {sentence(error)}
        <span className="block">{t('refreshed')}</span>
      </span>
    </p>
  );
}
