import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  type RouteComponent,
} from '@tanstack/react-router';
import type { Area } from './i18n/areas';
import { loadAreas } from './i18n/i18n';
import { approvalsSearch } from './routes/approvals.search';
import { dashboardSearch } from './routes/dashboard.search';
import { librarySearch } from './routes/library.search';
import { newRunSearch } from './routes/new-run.search';
import { runSearch } from './routes/run.search';
import { runsSearch } from './routes/runs.search';
import { schedulesSearch } from './routes/schedules.search';
import { usageSearch } from './routes/usage.search';
import { NotFound } from './shell/NotFound';
import { RouteError } from './shell/RouteError';
import { RoutePending } from './shell/RoutePending';
import { Shell } from './shell/Shell';

/** A view: its code and its texts come when it is opened, side by side. */
function view(load: () => Promise<{ default: RouteComponent }>, ...areas: Area[]) {
  return lazyRouteComponent(async () => {
    const [module] = await Promise.all([load(), loadAreas(areas)]);
    return module;
  });
}

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });
const at = { getParentRoute: () => root };

const routes = [
  createRoute({
    ...at,
    path: '/',
    validateSearch: dashboardSearch,
    component: view(() => import('./routes/dashboard'), 'dashboard'),
  }),
  createRoute({
    ...at,
    path: '/new',
    validateSearch: newRunSearch,
    component: view(() => import('./routes/new-run'), 'new-run'),
  }),
  createRoute({
    ...at,
    path: '/runs',
    validateSearch: runsSearch,
    component: view(() => import('./routes/runs'), 'runs'),
  }),
  createRoute({
    ...at,
    path: '/runs/$runId',
    validateSearch: runSearch,
    component: view(() => import('./routes/run'), 'run', 'approvals'),
  }),
  createRoute({
    ...at,
    path: '/channels',
    component: view(() => import('./routes/channels'), 'channels'),
  }),
  createRoute({
    ...at,
    path: '/channels/$channelId',
    component: view(() => import('./routes/channel'), 'channels'),
  }),
  createRoute({
    ...at,
    path: '/library',
    validateSearch: librarySearch,
    component: view(() => import('./routes/library'), 'library'),
  }),
  createRoute({
    ...at,
    path: '/usage',
    validateSearch: usageSearch,
    component: view(() => import('./routes/usage'), 'usage'),
  }),
  createRoute({
    ...at,
    path: '/approvals',
    validateSearch: approvalsSearch,
    component: view(() => import('./routes/approvals'), 'approvals'),
  }),
  createRoute({
    ...at,
    path: '/schedules',
    validateSearch: schedulesSearch,
    component: view(() => import('./routes/schedules'), 'schedules'),
  }),
  createRoute({
    ...at,
    path: '/settings',
    component: view(() => import('./routes/settings'), 'settings'),
  }),
] as const;

export const router = createRouter({
  routeTree: root.addChildren(routes),
  defaultPreload: 'intent',
  // React Query keeps what was loaded.
  defaultPreloadStaleTime: 0,
  defaultErrorComponent: RouteError,
  defaultPendingComponent: RoutePending,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
