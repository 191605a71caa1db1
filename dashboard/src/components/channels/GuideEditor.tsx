import { type ComponentProps, type RefObject, useMemo } from 'react';
import { classes } from '@/lib/classes';

interface GuideEditorProps extends Omit<ComponentProps<'textarea'>, 'value' | 'onChange' | 'ref'> {
  value: string;
  onChange: (value: string) => void;
  /** The line with the mistake, from 1. */
  wrongLine: number;
  ref?: RefObject<HTMLTextAreaElement | null>;
}

/** Both layers break lines alike, or the numbers would stand beside other lines. */
const LETTERS =
  'py-3 pr-3 pl-12 font-mono text-sm break-keep wrap-anywhere whitespace-pre-wrap pointer-coarse:text-lg';

/**
 * A field of text with the numbers of its lines. The text lies twice over itself: the lower one, which
 * is not seen, gives the height and holds the numbers, so that long lines may break.
 */
export function GuideEditor({ value, onChange, wrongLine, ref, ...rest }: GuideEditorProps) {
  const lines = useMemo(() => numbered(value), [value]);
  return (
    <div className="relative grid max-h-[70dvh] min-h-80 flex-1 overflow-y-auto bg-field focus-within:outline-2 focus-within:-outline-offset-2 focus-within:outline-accent">
      <div className="relative min-h-80">
        <div aria-hidden className={classes(LETTERS, 'pointer-events-none min-h-80')}>
          {lines.map(({ number, text }) => (
            <div
              key={number}
              className={classes(
                'relative -mr-3 -ml-12 pr-3 pl-12',
                number === wrongLine && 'bg-danger-soft',
              )}
            >
              <span
                className={classes(
                  'figures absolute left-0 w-9 text-right text-xs leading-[inherit] select-none',
                  number === wrongLine ? 'font-semibold text-danger' : 'text-faint',
                )}
              >
                {number}
              </span>
              <span className="invisible">{text || '\u200b'}</span>
            </div>
          ))}
        </div>
        <textarea
          ref={ref}
          spellCheck={false}
          autoCapitalize="off"
          autoCorrect="off"
          {...rest}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          className={classes(
            LETTERS,
            'absolute inset-0 size-full resize-none overflow-hidden bg-transparent text-text outline-none disabled:opacity-70',
          )}
        />
      </div>
    </div>
  );
}

function numbered(value: string): { number: number; text: string }[] {
  return value.split('\n').map((text, index) => ({ number: index + 1, text }));
}
