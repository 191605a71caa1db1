import { Pencil, Undo2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStepOutput } from '@/api/run-steps';
import type { StepView } from '@/api/schema';
import { Badge } from '@/components/Badge';
import { Button } from '@/components/Button';
import { InlineError } from '@/components/ErrorState';
import { Skeleton } from '@/components/Skeleton';
import { type JsonObject, mergePatchOf } from '@/lib/merge-patch';
import { EditFields } from './EditFields';
import { useStepName } from './step-names';

interface EditInputProps {
  runId: string;
  step: StepView;
  /** Takes what was changed as a merge patch; undefined when nothing is any more. */
  onEdit: (patch: JsonObject | undefined) => void;
}

/** What a step has made, to be changed before the steps behind it take it again. */
export function EditInput({ runId, step, onEdit }: EditInputProps) {
  const { t } = useTranslation('run');
  const nameOf = useStepName();
  const [isOpen, setIsOpen] = useState(false);
  const [draft, setDraft] = useState<JsonObject>();
  const { data, error } = useStepOutput(
    runId,
    step.step,
    isOpen ? (step.completed_at ?? step.status) : null,
  );
  const content = data?.content as JsonObject | null | undefined;
  const isEdited = draft !== undefined;

  const change = (next: JsonObject) => {
    const patch = mergePatchOf(content ?? {}, next);
    setDraft(patch === undefined ? undefined : next);
    onEdit(patch);
  };
  const undo = () => {
    setDraft(undefined);
    onEdit(undefined);
  };
  return (
    <div className="rounded-md border">
      <div className="flex items-center gap-3 py-1.5 pr-1.5 pl-3">
        <span className="min-w-0 flex-1 truncate">
          {t('rerunDialog.outputOf', { step: nameOf(step.step) })}
        </span>
        {isEdited && <Badge tone="accent">{t('rerunDialog.edited')}</Badge>}
        {isEdited && (
          <Button look="ghost" size="small" icon={Undo2} onClick={undo}>
            {t('rerunDialog.undo')}
          </Button>
        )}
        <Button
          size="small"
          icon={Pencil}
          aria-expanded={isOpen}
          onClick={() => setIsOpen(!isOpen)}
        >
          {isOpen ? t('rerunDialog.fold') : t('rerunDialog.edit')}
        </Button>
      </div>
      {isOpen && (
        <div className="border-t p-3">
          {data === undefined && error === null && <Skeleton className="h-40" />}
          {error && data === undefined && <InlineError error={error} />}
          {content === null && <p className="text-sm text-muted">{t('outputTooLarge')}</p>}
          {content && <EditFields value={draft ?? content} onChange={change} />}
        </div>
      )}
    </div>
  );
}
