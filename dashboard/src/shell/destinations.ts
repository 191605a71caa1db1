import {
  CalendarClock,
  CirclePlus,
  Clapperboard,
  Inbox,
  LayoutDashboard,
  ListVideo,
  type LucideIcon,
  Receipt,
  Settings,
  Tv,
} from 'lucide-react';

export interface Destination {
  name:
    | 'dashboard'
    | 'newRun'
    | 'runs'
    | 'channels'
    | 'library'
    | 'usage'
    | 'approvals'
    | 'schedules'
    | 'settings';
  to:
    | '/'
    | '/new'
    | '/runs'
    | '/channels'
    | '/library'
    | '/usage'
    | '/approvals'
    | '/schedules'
    | '/settings';
  icon: LucideIcon;
  /** The key behind `g`; that of a new run stands alone. */
  key: string;
}

/** Every page of the menu, in its order. */
export const DESTINATIONS: readonly Destination[] = [
  { name: 'dashboard', to: '/', icon: LayoutDashboard, key: 'd' },
  { name: 'newRun', to: '/new', icon: CirclePlus, key: 'n' },
  { name: 'runs', to: '/runs', icon: ListVideo, key: 'r' },
  { name: 'approvals', to: '/approvals', icon: Inbox, key: 'a' },
  { name: 'library', to: '/library', icon: Clapperboard, key: 'l' },
  { name: 'channels', to: '/channels', icon: Tv, key: 'c' },
  { name: 'schedules', to: '/schedules', icon: CalendarClock, key: 's' },
  { name: 'usage', to: '/usage', icon: Receipt, key: 'u' },
  { name: 'settings', to: '/settings', icon: Settings, key: ',' },
];

/** Those that a phone has at hand; the others are behind "more". */
export const AT_HAND: readonly Destination['name'][] = ['dashboard', 'runs', 'newRun', 'approvals'];
