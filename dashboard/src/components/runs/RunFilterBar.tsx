import { ListFilter, Repeat2, Search, X } from 'lucide-react';
import { useEffect, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RunStatus } from '@/api/schema';
import { Button } from '@/components/Button';
import { TextInput } from '@/components/TextInput';
import { classes } from '@/lib/classes';
import { RunFilterFields } from './RunFilterFields';
import { StatusChips } from './StatusChips';

/** The filters as they stand in the address; days are the viewer's. */
export interface RunSearch {
  status?: RunStatus | undefined;
  channel_id?: string | undefined;
  pipeline?: string | undefined;
  text?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  parent?: string | undefined;
}

interface RunFilterBarProps {
  search: RunSearch;
  onChange: (search: RunSearch) => void;
}

export function RunFilterBar({ search, onChange }: RunFilterBarProps) {
  const { t } = useTranslation('runs');
  const panel = useId();
  const behind = [search.channel_id, search.pipeline, search.from, search.to];
  const count = behind.filter(Boolean).length;
  const [isOpen, setIsOpen] = useState(count > 0);
  const set = (patch: RunSearch) => onChange({ ...search, ...patch });
  return (
    <search aria-label={t('filters')} className="flex flex-col gap-3">
      <div className="flex items-center gap-2">
        <Words text={search.text} onChange={(text) => set({ text })} />
        <Button
          icon={ListFilter}
          aria-expanded={isOpen}
          aria-controls={panel}
          onClick={() => setIsOpen(!isOpen)}
          className="lg:hidden"
        >
          {count > 0 ? t('filterCount', { count }) : t('filter')}
        </Button>
      </div>
      <div id={panel} className={classes('lg:block', !isOpen && 'hidden')}>
        <RunFilterFields search={search} onChange={set} />
      </div>
      <div className="flex items-center gap-2">
        <StatusChips status={search.status} onChange={(status) => set({ status })} />
        {Object.keys(search).length > 0 && (
          <Button look="ghost" size="small" icon={X} onClick={() => onChange({})}>
            {t('clearFilters')}
          </Button>
        )}
      </div>
      {search.parent !== undefined && (
        <p className="flex items-center gap-2 text-sm text-muted">
          <Repeat2 size={15} aria-hidden />
          {t('repeatsOf', { run: search.parent.slice(0, 8) })}
          <Button look="ghost" size="small" onClick={() => set({ parent: undefined })}>
            {t('action.clear', { ns: 'common' })}
          </Button>
        </p>
      )}
    </search>
  );
}

const PAUSE_MS = 300;
const MAX_CHARS = 100;

/** Searches when the writer pauses; what the address says otherwise comes back into the field. */
function Words({
  text = '',
  onChange,
}: {
  text: string | undefined;
  onChange: (text: string | undefined) => void;
}) {
  const { t } = useTranslation('runs');
  const [written, setWritten] = useState(text);
  const [known, setKnown] = useState(text);
  if (known !== text) {
    setKnown(text);
    // A blank at the end was cut from what the address says, and is about to be followed by a word.
    setWritten(written.trim() === text ? written : text);
  }
  useEffect(() => {
    const wanted = written.trim();
    if (wanted === text) {
      return;
    }
    const timer = setTimeout(() => onChange(wanted === '' ? undefined : wanted), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [written, text, onChange]);
  return (
    <div className="relative min-w-0 flex-1">
      <Search
        size={16}
        aria-hidden
        className="pointer-events-none absolute top-1/2 left-3 -translate-y-1/2 text-muted"
      />
      <TextInput
        type="search"
        aria-label={t('search')}
        placeholder={t('search')}
        maxLength={MAX_CHARS}
        value={written}
        onChange={(event) => setWritten(event.target.value)}
        className="pl-9"
      />
    </div>
  );
}
