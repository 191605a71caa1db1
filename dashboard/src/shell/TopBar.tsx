import { Link } from '@tanstack/react-router';
import { Inbox, KeyRound, Languages, Moon, Search, Sun, Trash2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useWaitingCount } from '@/api/approvals';
import { setApiKey } from '@/api/key';
import { queryClient } from '@/api/query-client';
import { useToday } from '@/api/trends';
import { buttonClass } from '@/components/Button';
import { IconButton } from '@/components/IconButton';
import { Menu } from '@/components/Menu';
import { Tooltip } from '@/components/Tooltip';
import { setLanguage } from '@/i18n/i18n';
import { shortMoneyOf } from '@/lib/money';
import { useStore } from '@/lib/store';
import { setTheme, theme } from '@/lib/theme';
import { shellDialog } from './dialogs';
import { HealthIndicator } from './HealthIndicator';

export function TopBar() {
  const { t } = useTranslation('shell');
  return (
    <header className="sticky top-0 z-30 flex h-14 items-center gap-1 border-b bg-background px-3 md:gap-2 md:px-6">
      <HealthIndicator />
      <div className="flex-1" />
      <CostToday />
      <WaitingApprovals />
      <button
        type="button"
        onClick={() => shellDialog.set('palette')}
        className="hidden h-9 items-center gap-2 rounded-md border bg-surface px-3 text-sm text-muted hover:bg-hover lg:flex"
      >
        <Search size={15} aria-hidden />
        {t('palette.open')}
        <kbd className="ml-3 rounded-sm border px-1.5 font-sans text-2xs">Ctrl K</kbd>
      </button>
      <LanguageSwitch />
      <ThemeSwitch />
      <Menu
        label={t('key.menu')}
        trigger={(props) => (
          <IconButton {...props} icon={KeyRound} label={t('key.menu')} hasTooltip={false} />
        )}
        items={[
          { label: t('key.change'), icon: KeyRound, onSelect: () => shellDialog.set('key') },
          {
            label: t('key.forget'),
            icon: Trash2,
            isDangerous: true,
            onSelect: () => {
              setApiKey('');
              queryClient.clear();
            },
          },
        ]}
      />
    </header>
  );
}

function CostToday() {
  const { t } = useTranslation('shell');
  const today = useToday().data?.items.at(-1);
  return (
    <Tooltip text={t('costTodayHint')}>
      <Link to="/usage" search={{ period: 'today' }} className={buttonClass('ghost', 'small')}>
        <span className="sr-only sm:not-sr-only">{t('costToday')}</span>
        <span className="figures min-w-14 text-right font-semibold text-text">
          {today ? shortMoneyOf(today.cost_usd) || '–' : ' '}
        </span>
      </Link>
    </Tooltip>
  );
}

function WaitingApprovals() {
  const { t } = useTranslation('shell');
  const { count, shown } = useWaitingCount();
  const label = shown === '' ? t('nav.approvals') : t('approvals.waiting', { count, shown });
  return (
    <Tooltip text={label}>
      <Link to="/approvals" className={`${buttonClass('ghost', 'small')} max-md:hidden`}>
        <Inbox size={17} aria-hidden className={count > 0 ? 'text-warning' : ''} />
        <span aria-hidden className="figures min-w-2 font-semibold">
          {shown}
        </span>
        <span className="sr-only">{label}</span>
      </Link>
    </Tooltip>
  );
}

function LanguageSwitch() {
  const { t, i18n } = useTranslation('shell');
  const next = i18n.language === 'ko' ? 'en' : 'ko';
  return (
    <button
      type="button"
      lang={next}
      onClick={() => setLanguage(next)}
      className={buttonClass('ghost', 'small')}
    >
      <Languages size={17} aria-hidden />
      <span className="sr-only">{t('language')}: </span>
      <span className="max-sm:sr-only">{next === 'en' ? 'English' : '한국어'}</span>
    </button>
  );
}

function ThemeSwitch() {
  const { t } = useTranslation('shell');
  const next = useStore(theme) === 'dark' ? 'light' : 'dark';
  return (
    <IconButton
      icon={next === 'light' ? Sun : Moon}
      label={t(`theme.${next}`)}
      onClick={() => setTheme(next)}
    />
  );
}
