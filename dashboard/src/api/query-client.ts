import { QueryClient } from '@tanstack/react-query';
import { ApiError } from './errors';

const TRIES = 4;
const FIRST_MS = 1000;
const LONGEST_MS = 15_000;

/** What the API refuses is refused again; what is away comes back. */
export function isWorthAnotherTry(failures: number, error: unknown): boolean {
  return error instanceof ApiError && error.isTemporary && failures < TRIES;
}

export function waitBeforeTry(failures: number, error: unknown): number {
  const wait = Math.min(FIRST_MS * 2 ** failures, LONGEST_MS);
  return Math.max(wait, error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0);
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5000,
      gcTime: 5 * 60_000,
      retry: isWorthAnotherTry,
      retryDelay: waitBeforeTry,
      refetchOnWindowFocus: true,
      // A browser that thinks it is offline can still reach a gateway on the same machine.
      networkMode: 'always',
    },
    mutations: { retry: isWorthAnotherTry, retryDelay: waitBeforeTry, networkMode: 'always' },
  },
});
