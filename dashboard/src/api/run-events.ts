import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { EMPTY_FEED, fed, isEndOfRun, type RunFeed } from '@/lib/run-feed';
import { type FeedState, follow, type ServerEvent } from '@/lib/sse';
import { useStore } from '@/lib/store';
import { API_BASE, noticed } from './client';
import { ApiError } from './errors';
import { apiKey, keyHeaders } from './key';
import { refreshRun } from './runs';

const REFRESH_MS = 300;
/** The bill arrives a moment after the end. */
const LAST_LOOK_MS = 3000;

export interface FollowedRun {
  feed: RunFeed;
  state: FeedState;
}

/**
 * Follow a run's events: what was, then what happens, without a gap. Whatever the log records lets
 * `useRun` ask again; the page is rendered once a frame however many events come.
 */
export function useRunEvents(runId: string): FollowedRun {
  const client = useQueryClient();
  const key = useStore(apiKey);
  const [feed, setFeed] = useState<RunFeed>(EMPTY_FEED);
  const [state, setState] = useState<FeedState>('connecting');

  useEffect(() => {
    const leaving = new AbortController();
    const frames = batched((events) => setFeed((before) => fed(before, events)));
    const refresh = atMostEvery(REFRESH_MS, () => refreshRun(client, runId));
    let lastLook: ReturnType<typeof setTimeout> | undefined;
    setFeed(EMPTY_FEED);
    void follow({
      url: `${API_BASE}/api/v1/pipeline/runs/${encodeURIComponent(runId)}/events`,
      headers: keyHeaders,
      signal: leaving.signal,
      onState: setState,
      onRefused: async (response) => {
        noticed(await ApiError.of(response), key);
      },
      onEvent: (event) => {
        frames.add(event);
        if (event.id !== null) {
          refresh.ask();
        }
        const isEnd = isEndOfRun(event.type);
        if (isEnd) {
          lastLook = setTimeout(() => refreshRun(client, runId), LAST_LOOK_MS);
        }
        return isEnd;
      },
    });
    return () => {
      leaving.abort();
      frames.stop();
      refresh.stop();
      clearTimeout(lastLook);
    };
  }, [client, runId, key]);

  return { feed, state };
}

function batched(take: (events: ServerEvent[]) => void) {
  let waiting: ServerEvent[] = [];
  let frame = 0;
  const flush = () => {
    frame = 0;
    take(waiting);
    waiting = [];
  };
  return {
    add(event: ServerEvent) {
      waiting.push(event);
      frame ||= requestAnimationFrame(flush);
    },
    stop: () => cancelAnimationFrame(frame),
  };
}

function atMostEvery(ms: number, act: () => void) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    ask() {
      timer ??= setTimeout(() => {
        timer = undefined;
        act();
      }, ms);
    },
    stop: () => clearTimeout(timer),
  };
}
