import type { LucideIcon } from 'lucide-react';
import { type KeyboardEvent, type ReactElement, useId, useRef, useState } from 'react';
import { classes } from '@/lib/classes';
import { placed } from '@/lib/placement';

export interface MenuItem {
  label: string;
  icon?: LucideIcon;
  onSelect: () => void;
  isDangerous?: boolean;
  disabled?: boolean;
}

interface TriggerProps {
  onClick: () => void;
  'aria-haspopup': 'menu';
  'aria-expanded': boolean;
  'aria-controls': string;
}

interface MenuProps {
  label: string;
  /** Draws the button: `(props) => <IconButton {...props} icon={Ellipsis} label={…} />`. */
  trigger: (props: TriggerProps) => ReactElement;
  items: readonly MenuItem[];
}

/** A menu in the browser's top layer, which closes it on Escape and on a click elsewhere. */
export function Menu({ label, trigger, items }: MenuProps) {
  const id = useId();
  const anchor = useRef<HTMLSpanElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [isOpen, setIsOpen] = useState(false);

  const toggle = () => {
    const button = anchor.current?.firstElementChild;
    if (!list.current || !button) {
      return;
    }
    list.current.togglePopover();
    if (list.current.matches(':popover-open')) {
      placed(list.current, button, 'end');
      enabledItems(list.current)[0]?.focus();
    }
  };
  const select = (item: MenuItem) => {
    list.current?.hidePopover();
    item.onSelect();
  };
  return (
    <span ref={anchor} className="contents">
      {trigger({
        onClick: toggle,
        'aria-haspopup': 'menu',
        'aria-expanded': isOpen,
        'aria-controls': id,
      })}
      <div
        ref={list}
        id={id}
        role="menu"
        tabIndex={-1}
        aria-label={label}
        popover="auto"
        onToggle={(event) => setIsOpen(event.newState === 'open')}
        onKeyDown={moveFocus}
        className="fixed inset-auto m-0 min-w-44 rounded-md border border-border-strong bg-raised p-1 text-text shadow-overlay"
      >
        {items.map((item) => (
          <button
            key={item.label}
            type="button"
            role="menuitem"
            tabIndex={-1}
            disabled={item.disabled}
            onClick={() => select(item)}
            className={classes(
              'flex h-9 w-full items-center gap-2.5 rounded-sm px-2.5 text-left text-sm whitespace-nowrap',
              '-outline-offset-2 hover:bg-hover focus:bg-hover disabled:opacity-50 pointer-coarse:h-11',
              item.isDangerous && 'text-danger',
            )}
          >
            {item.icon && <item.icon size={16} aria-hidden />}
            {item.label}
          </button>
        ))}
      </div>
    </span>
  );
}

function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const items = enabledItems(event.currentTarget);
  const at = items.indexOf(document.activeElement as HTMLElement);
  const next = {
    ArrowDown: (at + 1) % items.length,
    ArrowUp: (at - 1 + items.length) % items.length,
    Home: 0,
    End: items.length - 1,
  }[event.key];
  if (next !== undefined) {
    event.preventDefault();
    items[next]?.focus();
  } else if (event.key === 'Tab') {
    event.currentTarget.hidePopover();
  }
}

function enabledItems(list: HTMLElement): HTMLElement[] {
  return [...list.querySelectorAll<HTMLElement>('[role="menuitem"]:not(:disabled)')];
}
