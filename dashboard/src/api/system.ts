import { useQuery } from '@tanstack/react-query';
import { API_BASE } from './client';

export const systemKeys = { ready: ['system', 'ready'] as const };

export interface Health {
  state: 'ready' | 'degraded' | 'unreachable';
  /** What is missing, in sentences. */
  missing: readonly string[];
}

/** How the system is; it needs no key and stands in no description, as no program of ours acts on it. */
export function useHealth() {
  return useQuery({
    queryKey: systemKeys.ready,
    queryFn: ({ signal }) => health(signal),
    refetchInterval: 10_000,
    staleTime: 0,
  });
}

async function health(signal: AbortSignal): Promise<Health> {
  try {
    const response = await fetch(`${API_BASE}/health/ready`, { signal });
    const body = (await response.json()) as { missing?: string[] };
    return { state: response.ok ? 'ready' : 'degraded', missing: body.missing ?? [] };
  } catch {
    return { state: 'unreachable', missing: [] };
  }
}
