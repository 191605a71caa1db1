import { useState, useSyncExternalStore } from 'react';

interface Clock {
  now(): number;
  subscribe(listener: () => void): () => void;
}

/** A clock that goes while somebody looks at it: one timer, however many do. */
export function createClock(everyMs: number): Clock {
  let now = Date.now();
  let timer: ReturnType<typeof setInterval> | undefined;
  const listeners = new Set<() => void>();
  const tick = () => {
    now = Date.now();
    for (const listener of listeners) {
      listener();
    }
  };
  return {
    now() {
      if (timer === undefined && Date.now() - now >= everyMs) {
        now = Date.now();
      }
      return now;
    },
    subscribe(listener) {
      timer ??= setInterval(tick, everyMs);
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) {
          clearInterval(timer);
          timer = undefined;
        }
      };
    },
  };
}

const clocks = new Map<number, Clock>();

function clockOf(everyMs: number): Clock {
  const clock = clocks.get(everyMs) ?? createClock(everyMs);
  clocks.set(everyMs, clock);
  return clock;
}

const still = () => () => undefined;

/** The time, told anew every `everyMs`, to all who ask at once; 0: as it was. */
export function useNow(everyMs: number): number {
  const [first] = useState(Date.now);
  const clock = everyMs === 0 ? { now: () => first, subscribe: still } : clockOf(everyMs);
  return useSyncExternalStore(clock.subscribe, clock.now);
}
