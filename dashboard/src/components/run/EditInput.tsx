import { Pencil, Undo2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStepOutput } from '@/api/run-steps';
import type { StepView } from '@/api/schema';
import { Badge } from '@/components/Badge';
import { Button } from '@/components/Button';
import { InlineError } from '@/components/ErrorState';
import { Loading, Skeleton } from '@/components/Skeleton';
import { useStepName } from '@/components/step-names';
import { type JsonObject, mergePatchOf } from '@/lib/merge-patch';
import { EditFields } from './EditFields';

interface Editable {
  /** Takes what was changed as a merge patch; undefined when nothing is any more. */
  onEdit: (patch: JsonObject | undefined) => void;
}

/** What a step has made, to be changed before the steps behind it take it again. */
export function StepInput({ runId, step, onEdit }: Editable & { runId: string; step: StepView }) {
  const { t } = useTranslation('run');
  const nameOf = useStepName();
  const [isOpen, setIsOpen] = useState(false);
  const { data, error } = useStepOutput(
    runId,
    step.step,
    isOpen ? (step.completed_at ?? step.status) : null,
  );
  return (
    <EditInput
      title={t('rerunDialog.outputOf', { step: nameOf(step.step) })}
      content={data?.content as JsonObject | null | undefined}
      error={data === undefined ? error : null}
      isOpen={isOpen}
      onToggle={() => setIsOpen(!isOpen)}
      onEdit={onEdit}
    />
  );
}

/** What the run was asked for. */
export function BriefInput({ brief, onEdit }: Editable & { brief: JsonObject }) {
  const { t } = useTranslation('run');
  const [isOpen, setIsOpen] = useState(false);
  return (
    <EditInput
      title={t('rerunDialog.brief')}
      content={brief}
      error={null}
      isOpen={isOpen}
      onToggle={() => setIsOpen(!isOpen)}
      onEdit={onEdit}
    />
  );
}

interface EditInputProps extends Editable {
  title: string;
  /** Undefined until it is read; null when it cannot be shown. */
  content: JsonObject | null | undefined;
  error: Error | null;
  isOpen: boolean;
  onToggle: () => void;
}

function EditInput({ title, content, error, isOpen, onToggle, onEdit }: EditInputProps) {
  const { t } = useTranslation('run');
  const [draft, setDraft] = useState<JsonObject>();
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
    <section aria-label={title} className="rounded-md border">
      <div className="flex items-center gap-3 py-1.5 pr-1.5 pl-3">
        <span className="min-w-0 flex-1 truncate">{title}</span>
        {isEdited && <Badge tone="accent">{t('rerunDialog.edited')}</Badge>}
        {isEdited && (
          <Button look="ghost" size="small" icon={Undo2} onClick={undo}>
            {t('rerunDialog.undo')}
          </Button>
        )}
        <Button size="small" icon={Pencil} aria-expanded={isOpen} onClick={onToggle}>
          {isOpen ? t('rerunDialog.fold') : t('rerunDialog.edit')}
        </Button>
      </div>
      {isOpen && (
        <div className="border-t p-3">
          {content === undefined && error === null && (
            <Loading>
              <Skeleton className="h-40" />
            </Loading>
          )}
          {error && <InlineError error={error} />}
          {content === null && <p className="text-sm text-muted">{t('outputTooLarge')}</p>}
          {content && <EditFields value={draft ?? content} onChange={change} />}
        </div>
      )}
    </section>
  );
}
