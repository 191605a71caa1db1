import { X } from 'lucide-react';
import { type ReactNode, useEffect, useId, useLayoutEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { classes } from '@/lib/classes';
import { IconButton } from './IconButton';

interface DialogProps {
  isOpen: boolean;
  onClose: () => void;
  title: ReactNode;
  /** Buttons at the end. */
  actions?: ReactNode;
  isWide?: boolean;
  children: ReactNode;
}

const FOCUSABLE = 'video[controls], input, select, textarea, button:not(:disabled), a[href]';

/**
 * The browser's own modal dialog: it keeps the focus inside, gives it back, and closes on Escape.
 * The first field or button of its content has the focus when it opens.
 * Radix's adds a style element to the page for this, which the content policy refuses.
 */
export function Dialog({ isOpen, onClose, title, actions, isWide, children }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const titleId = useId();
  const { t } = useTranslation();

  useEffect(() => {
    const dialog = ref.current;
    if (isOpen && !dialog?.open) {
      dialog?.showModal();
      content.current?.querySelector<HTMLElement>(FOCUSABLE)?.focus();
    } else if (!isOpen && dialog?.open) {
      dialog.close();
    }
  }, [isOpen]);

  // One that is taken off the page gives no focus back unless it is closed before.
  useLayoutEffect(() => {
    const dialog = ref.current;
    return () => dialog?.close();
  }, []);

  return (
    <dialog
      ref={ref}
      aria-labelledby={titleId}
      onClose={onClose}
      // Not on a click: who selects text and lets go beside the dialog does not want it closed.
      onPointerDown={(event) => event.target === ref.current && onClose()}
      className={classes(
        'm-auto w-full overflow-hidden rounded-lg border border-border-strong bg-surface text-text shadow-overlay',
        'max-md:mx-0 max-md:mb-0 max-md:max-w-none max-md:rounded-b-none',
        isWide ? 'max-w-3xl' : 'max-w-lg',
      )}
    >
      {isOpen && (
        <div className="flex max-h-[85dvh] flex-col">
          <header className="flex items-center justify-between gap-3 border-b py-2 pr-2 pl-5">
            <h2 id={titleId} className="text-lg font-semibold">
              {title}
            </h2>
            <IconButton
              icon={X}
              label={t('action.close')}
              hasTooltip={false}
              onClick={() => onClose()}
            />
          </header>
          <div ref={content} className="flex min-h-0 flex-col">
            <div className="min-h-0 overflow-y-auto px-5 py-4">{children}</div>
            {actions && (
              <footer className="flex flex-wrap justify-end gap-2 border-t px-5 py-3">
                {actions}
              </footer>
            )}
          </div>
        </div>
      )}
    </dialog>
  );
}
