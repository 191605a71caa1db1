import { useQuery } from '@tanstack/react-query';
import { API_BASE } from './client';

export const aboutKeys = { version: ['about', 'version'] as const };

/** Which version the gateway is of, as its description says. */
export function useGatewayVersion() {
  return useQuery({
    queryKey: aboutKeys.version,
    queryFn: async ({ signal }) => {
      const response = await fetch(`${API_BASE}/openapi.json`, { signal });
      const description = (await response.json()) as { info: { version: string } };
      return description.info.version;
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}
