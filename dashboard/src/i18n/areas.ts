import type approvals from './ko/approvals.json';
import type channels from './ko/channels.json';
import type common from './ko/common.json';
import type dashboard from './ko/dashboard.json';
import type library from './ko/library.json';
import type newRun from './ko/new-run.json';
import type run from './ko/run.json';
import type runs from './ko/runs.json';
import type schedules from './ko/schedules.json';
import type settings from './ko/settings.json';
import type shell from './ko/shell.json';
import type usage from './ko/usage.json';

/** The keys of the texts, by area: `useTranslation('runs')` takes none but its own. */
export interface Areas {
  approvals: typeof approvals;
  channels: typeof channels;
  common: typeof common;
  dashboard: typeof dashboard;
  library: typeof library;
  'new-run': typeof newRun;
  run: typeof run;
  runs: typeof runs;
  schedules: typeof schedules;
  settings: typeof settings;
  shell: typeof shell;
  usage: typeof usage;
}

export type Area = keyof Areas;
