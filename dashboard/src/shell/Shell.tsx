import { Outlet } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { apiKey } from '@/api/key';
import { Dialog } from '@/components/Dialog';
import { Toasts } from '@/components/Toasts';
import { useStore } from '@/lib/store';
import { BottomNav } from './BottomNav';
import { closeShellDialog, shellDialog } from './dialogs';
import { KeyBanner } from './KeyBanner';
import { KeyForm } from './KeyForm';
import { ShortcutHelp } from './ShortcutHelp';
import { Sidebar } from './Sidebar';
import { TopBar } from './TopBar';
import { useShortcuts } from './use-shortcuts';
import { Welcome } from './Welcome';

const CommandPalette = lazy(() => import('./CommandPalette'));

/** What is around every view. */
export function Shell() {
  const { t } = useTranslation('shell');
  const key = useStore(apiKey);
  const open = useStore(shellDialog);
  useShortcuts();

  if (key === '') {
    return (
      <main className="px-4">
        <Welcome />
      </main>
    );
  }
  return (
    <div className="flex min-h-dvh">
      <a
        href="#content"
        className="fixed top-2 left-2 z-50 -translate-y-20 rounded-md bg-accent-strong px-4 py-2 text-on-accent focus:translate-y-0"
      >
        {t('skip')}
      </a>
      <Sidebar />
      <div className="flex min-w-0 flex-1 flex-col">
        <TopBar />
        <KeyBanner />
        <main
          id="content"
          tabIndex={-1}
          className="mx-auto w-full max-w-page flex-1 px-4 pt-6 pb-24 outline-none md:px-6 md:pb-12"
        >
          <Outlet />
        </main>
      </div>
      <BottomNav />
      <Toasts />
      <Dialog isOpen={open === 'key'} onClose={closeShellDialog} title={t('key.enter')}>
        <KeyForm onDone={closeShellDialog} />
      </Dialog>
      <ShortcutHelp isOpen={open === 'shortcuts'} onClose={closeShellDialog} />
      {open === 'palette' && (
        <Suspense>
          <CommandPalette onClose={closeShellDialog} />
        </Suspense>
      )}
    </div>
  );
}
