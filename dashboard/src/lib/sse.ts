import { createParser } from 'eventsource-parser';

/** `polling`: streams do not work right now, so ask the address of the thing itself. */
export type FeedState = 'connecting' | 'live' | 'reconnecting' | 'polling' | 'ended';

export interface ServerEvent {
  /** Its place in the log; null for what only happens live. */
  id: string | null;
  type: string;
  data: string;
}

/** How one connection came to an end. */
export type Outcome =
  | { kind: 'ended' }
  | { kind: 'closed' }
  | { kind: 'failed'; retryAfterMs: number | null }
  | { kind: 'refused'; response: Response };

export interface Next {
  state: FeedState;
  /** When to connect again; null: never. */
  delayMs: number | null;
  failures: number;
}

export interface FollowOptions {
  url: string;
  headers: () => Record<string, string>;
  /** Takes an event; true when it is the last of its stream. */
  onEvent: (event: ServerEvent) => boolean;
  onState: (state: FeedState) => void;
  onRefused: (response: Response) => void;
  signal: AbortSignal;
  fetch?: typeof fetch;
  silenceMs?: number;
  /** Until the server says how long to wait. */
  retryMs?: number;
}

const RETRY_MS = 1000;
const LONGEST_MS = 30_000;
/** The gateway says every 15 seconds that it is there. */
const SILENCE_MS = 40_000;
const FAILURES_UNTIL_POLLING = 3;
const NO_CONTENT = 204;

/** What is done after a connection came to an end; `failures` are those in a row before it. */
export function afterConnection(outcome: Outcome, failures: number, retryMs = RETRY_MS): Next {
  switch (outcome.kind) {
    case 'ended':
      return { state: 'ended', delayMs: null, failures: 0 };
    case 'refused':
      return { state: 'polling', delayMs: null, failures };
    case 'closed':
      return { state: 'reconnecting', delayMs: retryMs, failures: 0 };
    case 'failed': {
      const count = failures + 1;
      const delayMs = Math.min(retryMs * 2 ** failures, LONGEST_MS);
      return {
        state: count >= FAILURES_UNTIL_POLLING ? 'polling' : 'reconnecting',
        delayMs: Math.max(delayMs, outcome.retryAfterMs ?? 0),
        failures: count,
      };
    }
  }
}

/** How a response that brings no events is to be taken; null: it brings some. */
export function outcomeOf(response: Response): Outcome | null {
  if (response.status === NO_CONTENT) {
    return { kind: 'ended' };
  }
  if (response.ok) {
    return null;
  }
  if (response.status === 429 || response.status >= 500) {
    const seconds = Number(response.headers.get('Retry-After'));
    return { kind: 'failed', retryAfterMs: seconds > 0 ? seconds * 1000 : null };
  }
  return { kind: 'refused', response };
}

/** Follow a stream of events until it ends, is refused or `signal` is aborted; resumes by itself. */
export async function follow(options: FollowOptions): Promise<void> {
  const connection = new Connection(options);
  let next: Next = { state: 'connecting', delayMs: 0, failures: 0 };
  options.onState(next.state);
  while (!options.signal.aborted && next.delayMs !== null) {
    await waited(next.delayMs, options.signal);
    const failures: number = next.failures;
    const outcome = await connection.read();
    if (options.signal.aborted) {
      return;
    }
    next = afterConnection(outcome, connection.wasLive ? 0 : failures, connection.retryMs);
    if (outcome.kind === 'refused') {
      options.onRefused(outcome.response);
    }
    options.onState(next.state);
  }
}

class Connection {
  retryMs: number;
  wasLive = false;
  private lastEventId = '';

  constructor(private readonly options: FollowOptions) {
    this.retryMs = options.retryMs ?? RETRY_MS;
  }

  async read(): Promise<Outcome> {
    this.wasLive = false;
    const { signal } = this.options;
    const cut = new AbortController();
    const abort = () => cut.abort();
    signal.addEventListener('abort', abort);
    try {
      return await this.readUntil(cut);
    } catch {
      return { kind: 'failed', retryAfterMs: null };
    } finally {
      signal.removeEventListener('abort', abort);
      cut.abort();
    }
  }

  private async readUntil(cut: AbortController): Promise<Outcome> {
    const { url, headers, silenceMs = SILENCE_MS } = this.options;
    let silence = setTimeout(() => cut.abort(), silenceMs);
    try {
      const response = await (this.options.fetch ?? fetch)(url, {
        headers: { Accept: 'text/event-stream', ...headers(), ...this.resumption() },
        signal: cut.signal,
      });
      const outcome = outcomeOf(response);
      if (outcome !== null || response.body === null) {
        return outcome ?? { kind: 'closed' };
      }
      this.wasLive = true;
      this.options.onState('live');
      let isOver = false;
      const parser = this.parser(() => {
        isOver = true;
      });
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        clearTimeout(silence);
        silence = setTimeout(() => cut.abort(), silenceMs);
        parser.feed(part.value);
      }
      return { kind: isOver ? 'ended' : 'closed' };
    } finally {
      clearTimeout(silence);
    }
  }

  private parser(onEnd: () => void) {
    return createParser({
      onEvent: ({ id, event, data }) => {
        this.lastEventId = id ?? this.lastEventId;
        if (this.options.onEvent({ id: id ?? null, type: event ?? 'message', data })) {
          onEnd();
        }
      },
      onRetry: (ms) => {
        this.retryMs = ms;
      },
    });
  }

  private resumption(): Record<string, string> {
    return this.lastEventId === '' ? {} : { 'Last-Event-ID': this.lastEventId };
  }
}

function waited(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
