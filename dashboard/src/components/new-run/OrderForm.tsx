import { Link } from '@tanstack/react-router';
import { RectangleHorizontal, RectangleVertical } from 'lucide-react';
import type { KeyboardEvent, RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import { FIELD_OF_ORDER } from '@/api/order-problems';
import type { Aspect, ChannelView, PipelineView } from '@/api/schema';
import { Card } from '@/components/Card';
import { Field } from '@/components/Field';
import { useFieldProblem } from '@/components/field-problem';
import { Segmented } from '@/components/Segmented';
import { Select } from '@/components/Select';
import { TextArea } from '@/components/TextArea';
import type { RunDraft } from '@/lib/run-draft';
import { OrderOptions } from './OrderOptions';

export const TOPIC_MAX = 500;

export interface OrderFormProps {
  draft: RunDraft;
  onChange: (fields: Partial<RunDraft>) => void;
  channels: readonly ChannelView[];
  pipelines: readonly PipelineView[];
  /** Why the order would be, or was, refused. */
  problem: Error | null;
  topicProblem: string | undefined;
  topicRef: RefObject<HTMLTextAreaElement | null>;
}

export function OrderForm(props: OrderFormProps) {
  const { draft, onChange, channels, pipelines, problem, topicProblem, topicRef } = props;
  const { t } = useTranslation('new-run');
  const fieldProblem = useFieldProblem();
  const problemAt = (field: string) => fieldProblem(problem, field, FIELD_OF_ORDER);
  const usable = pipelines.filter(({ error }) => error === '');
  const broken = pipelines.filter(({ error }) => error !== '');
  const chosen = pipelines.find(({ pipeline }) => pipeline === draft.pipeline);
  const aspects: { value: Aspect; label: React.ReactNode }[] = [
    { value: '9:16', label: <AspectLabel icon={RectangleVertical} text={t('portrait')} /> },
    { value: '16:9', label: <AspectLabel icon={RectangleHorizontal} text={t('landscape')} /> },
  ];
  return (
    <div className="flex flex-col gap-4">
      <Card>
        <div className="flex flex-col gap-5">
          <Field
            label={t('topic')}
            hint={t('topicHint', { count: draft.topic.length, most: TOPIC_MAX })}
            error={topicProblem ?? problemAt('topic')}
          >
            {(aria) => (
              <TextArea
                {...aria}
                ref={topicRef}
                rows={3}
                maxLength={TOPIC_MAX}
                required
                placeholder={t('topicPlaceholder')}
                value={draft.topic}
                onChange={(event) => onChange({ topic: oneLine(event.target.value) })}
                onKeyDown={submitOnEnter}
              />
            )}
          </Field>
          <Field
            label={t('channel')}
            hint={
              <Link to="/channels" className="text-accent hover:underline">
                {t('manageChannels')}
              </Link>
            }
            error={problemAt('channel_id')}
          >
            {(aria) => (
              <Select
                {...aria}
                value={draft.channel_id}
                onChange={(channel_id) => onChange({ channel_id })}
                options={withOwn(
                  channels.map(({ channel_id, name }) => ({ value: channel_id, label: name })),
                  draft.channel_id,
                )}
              />
            )}
          </Field>
          <Field label={t('pipeline')} hint={chosen?.description} error={problemAt('pipeline')}>
            {(aria) => (
              <Select
                {...aria}
                value={draft.pipeline}
                onChange={(pipeline) => onChange({ pipeline })}
                options={withOwn(
                  usable.map(({ pipeline }) => ({ value: pipeline, label: pipeline })),
                  draft.pipeline,
                )}
              />
            )}
          </Field>
          {broken.map(({ pipeline, error }) => (
            <p key={pipeline} className="rounded-md bg-warning-soft px-3 py-2 text-sm text-warning">
              {t('brokenPipeline', { pipeline })} {error}
            </p>
          ))}
          <Segmented
            hasLabel
            label={t('aspect')}
            value={draft.aspect}
            options={aspects}
            onChange={(aspect) => onChange({ aspect })}
          />
        </div>
      </Card>
      <OrderOptions
        draft={draft}
        onChange={onChange}
        channel={channels.find(({ channel_id }) => channel_id === draft.channel_id)}
        pipeline={chosen}
        problem={problem}
      />
    </div>
  );
}

function AspectLabel({ icon: Icon, text }: { icon: typeof RectangleVertical; text: string }) {
  return (
    <>
      <Icon size={16} aria-hidden />
      {text}
    </>
  );
}

/** The API takes no line breaks in a topic. */
function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, ' ');
}

/** Not while a syllable is being composed: that Enter ends the syllable. */
function submitOnEnter(event: KeyboardEvent<HTMLTextAreaElement>): void {
  if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
    event.preventDefault();
    event.currentTarget.form?.requestSubmit();
  }
}

/** A choice that is not offered, such as a channel that was removed, is shown all the same. */
function withOwn(options: { value: string; label: string }[], own: string) {
  const isOffered = own === '' || options.some(({ value }) => value === own);
  return isOffered ? options : [...options, { value: own, label: own }];
}
