import { type ReactNode, useId, useRef } from 'react';
import { placed } from '@/lib/placement';

interface TooltipProps {
  text: ReactNode;
  /** A click shows it too, for a button that does nothing else: on a phone nothing is pointed at. */
  opensOnClick?: boolean;
  /** One element that takes the focus. */
  children: ReactNode;
}

const DELAY_MS = 400;

/**
 * A word about what is pointed at or has the focus. It lies in the browser's top layer, and so over
 * dialogs too. What it says has to be known otherwise where nothing can be pointed at.
 */
export function Tooltip({ text, opensOnClick = false, children }: TooltipProps) {
  const id = useId();
  const anchor = useRef<HTMLSpanElement>(null);
  const bubble = useRef<HTMLSpanElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const show = () => {
    const target = anchor.current?.firstElementChild;
    if (target && bubble.current && !bubble.current.matches(':popover-open')) {
      bubble.current.showPopover();
      placed(bubble.current, target, 'center');
    }
  };
  const hide = () => {
    clearTimeout(timer.current);
    if (bubble.current?.matches(':popover-open')) {
      bubble.current.hidePopover();
    }
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it watches what it surrounds
    <span
      ref={anchor}
      className="contents"
      onPointerEnter={(event) => {
        if (event.pointerType === 'mouse') {
          timer.current = setTimeout(show, DELAY_MS);
        }
      }}
      onPointerLeave={hide}
      onPointerDown={hide}
      onClick={opensOnClick ? show : undefined}
      onFocus={(event) => event.target.matches(':focus-visible') && show()}
      onBlur={hide}
      onKeyDown={(event) => event.key === 'Escape' && hide()}
    >
      {children}
      <span
        ref={bubble}
        id={id}
        role="tooltip"
        popover="manual"
        className="pointer-events-none fixed inset-auto m-0 max-w-72 rounded-md border border-border-strong bg-raised px-2.5 py-1.5 text-sm font-normal text-text shadow-overlay"
      >
        {text}
      </span>
    </span>
  );
}
