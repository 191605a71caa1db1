import { useNavigate } from '@tanstack/react-router';
import { Command } from 'cmdk';
import { Keyboard, KeyRound, Languages, type LucideIcon, Moon, Sun, Video } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useDashboardSummary } from '@/api/summary';
import { RunStatusBadge } from '@/components/StatusBadge';
import { setLanguage } from '@/i18n/i18n';
import { useStore } from '@/lib/store';
import { setTheme, theme } from '@/lib/theme';
import { DESTINATIONS } from './destinations';
import { shellDialog } from './dialogs';

const GROUP =
  '[&_[cmdk-group-heading]]:px-3 [&_[cmdk-group-heading]]:py-2 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-muted';
const RECENT = 10;

export default function CommandPalette({ onClose }: { onClose: () => void }) {
  const { t, i18n } = useTranslation('shell');
  const navigate = useNavigate();
  const ref = useRef<HTMLDialogElement>(null);
  const nextTheme = useStore(theme) === 'dark' ? 'light' : 'dark';
  const runs = useDashboardSummary(RECENT).data?.recent_runs ?? [];

  useEffect(() => ref.current?.showModal(), []);

  const act = (action: () => void) => () => {
    onClose();
    action();
  };
  return (
    <dialog
      ref={ref}
      aria-label={t('palette.open')}
      onClose={onClose}
      onPointerDown={(event) => event.target === ref.current && onClose()}
      className="mx-auto mt-[12dvh] w-[calc(100%-2rem)] max-w-xl overflow-hidden rounded-lg border border-border-strong bg-surface text-text shadow-overlay"
    >
      <Command label={t('palette.open')} loop>
        <Command.Input
          autoFocus
          placeholder={t('palette.placeholder')}
          className="h-13 w-full border-b bg-transparent px-4 text-lg outline-none"
        />
        <Command.List className="max-h-[55dvh] overflow-y-auto p-2">
          <Command.Empty className="px-3 py-8 text-center text-muted">
            {t('palette.empty')}
          </Command.Empty>
          <Command.Group heading={t('palette.pages')} className={GROUP}>
            {DESTINATIONS.map(({ name, to, icon, key }) => (
              <Item
                key={name}
                icon={icon}
                label={t(`nav.${name}`)}
                keywords={[name, to]}
                hint={name === 'newRun' ? key : `g ${key}`}
                onSelect={act(() => void navigate({ to }))}
              />
            ))}
          </Command.Group>
          <Command.Group heading={t('palette.actions')} className={GROUP}>
            <Item
              icon={nextTheme === 'light' ? Sun : Moon}
              label={t(`theme.${nextTheme}`)}
              keywords={['theme']}
              onSelect={act(() => setTheme(nextTheme))}
            />
            <Item
              icon={Languages}
              label={i18n.language === 'ko' ? 'English' : '한국어'}
              keywords={['language', t('language')]}
              onSelect={act(() => setLanguage(i18n.language === 'ko' ? 'en' : 'ko'))}
            />
            <Item
              icon={KeyRound}
              label={t('key.change')}
              keywords={['key']}
              onSelect={act(() => shellDialog.set('key'))}
            />
            <Item
              icon={Keyboard}
              label={t('shortcuts.help')}
              keywords={['shortcuts']}
              hint="?"
              onSelect={act(() => shellDialog.set('shortcuts'))}
            />
          </Command.Group>
          {runs.length > 0 && (
            <Command.Group heading={t('palette.recent')} className={GROUP}>
              {runs.map((run) => (
                <Item
                  key={run.run_id}
                  value={run.run_id}
                  icon={Video}
                  label={run.topic}
                  keywords={[run.topic, run.channel_id, run.brand_name]}
                  hint={<RunStatusBadge status={run.status} />}
                  onSelect={act(
                    () => void navigate({ to: '/runs/$runId', params: { runId: run.run_id } }),
                  )}
                />
              ))}
            </Command.Group>
          )}
        </Command.List>
      </Command>
    </dialog>
  );
}

interface ItemProps {
  icon: LucideIcon;
  label: string;
  value?: string;
  keywords: string[];
  hint?: React.ReactNode;
  onSelect: () => void;
}

function Item({ icon: Icon, label, value, keywords, hint, onSelect }: ItemProps) {
  return (
    <Command.Item
      value={value ?? label}
      keywords={keywords}
      onSelect={onSelect}
      className="flex h-10 cursor-pointer items-center gap-3 rounded-md px-3 data-[selected=true]:bg-hover pointer-coarse:h-12"
    >
      <Icon size={17} aria-hidden className="shrink-0 text-muted" />
      <span className="min-w-0 flex-1 truncate">{label}</span>
      <span className="text-xs text-muted">{hint}</span>
    </Command.Item>
  );
}
