import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { addressOf } from '@/api/client';
import { webVttOf } from '@/lib/subtitles';

/** An address of subtitles that a `<track>` takes, made of a file that it does not. */
export function useSubtitles(url: string | null): string | null {
  const { data } = useQuery({
    queryKey: ['subtitles', url],
    queryFn: async ({ signal }) => {
      const response = await fetch(addressOf(url ?? ''), { signal });
      return response.ok ? webVttOf(await response.text()) : null;
    },
    enabled: url !== null,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const [address, setAddress] = useState<string | null>(null);

  useEffect(() => {
    if (!data) {
      return;
    }
    const made = URL.createObjectURL(new Blob([data], { type: 'text/vtt' }));
    setAddress(made);
    return () => {
      setAddress(null);
      URL.revokeObjectURL(made);
    };
  }, [data]);
  return address;
}
