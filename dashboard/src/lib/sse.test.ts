import { describe, expect, test } from 'vitest';
import { afterConnection, type FeedState, follow, outcomeOf, type ServerEvent } from './sse';

const failed = { kind: 'failed', retryAfterMs: null } as const;

describe('after a connection', () => {
  test('that ended with its run nobody comes back', () => {
    expect(afterConnection({ kind: 'ended' }, 2)).toEqual({
      state: 'ended',
      delayMs: null,
      failures: 0,
    });
  });

  test('that was closed it is opened again when the server said', () => {
    expect(afterConnection({ kind: 'closed' }, 0, 250)).toMatchObject({
      state: 'reconnecting',
      delayMs: 250,
    });
  });

  test('that failed thrice the thing is polled, and the stream tried ever less often', () => {
    const waits: (number | null)[] = [];
    let next = afterConnection(failed, 0);
    for (let i = 0; i < 7; i += 1) {
      waits.push(next.delayMs);
      expect(next.state).toBe(next.failures < 3 ? 'reconnecting' : 'polling');
      next = afterConnection(failed, next.failures);
    }

    expect(waits).toEqual([1000, 2000, 4000, 8000, 16000, 30000, 30000]);
  });

  test('that was told to wait nobody comes back sooner', () => {
    expect(afterConnection({ kind: 'failed', retryAfterMs: 7000 }, 0).delayMs).toBe(7000);
  });

  test('that was refused nobody comes back with the same key', () => {
    const outcome = outcomeOf(new Response(null, { status: 401 }));

    expect(outcome).not.toBeNull();
    expect(outcome && afterConnection(outcome, 0).delayMs).toBeNull();
  });
});

describe('an answer', () => {
  test('without content is the end', () => {
    expect(outcomeOf(new Response(null, { status: 204 }))).toEqual({ kind: 'ended' });
  });

  test('of a server that is away says when to come back', () => {
    const response = new Response(null, { status: 503, headers: { 'Retry-After': '2' } });

    expect(outcomeOf(response)).toEqual({ kind: 'failed', retryAfterMs: 2000 });
  });
});

test('a stream that breaks off is resumed behind the last event without a gap', async () => {
  const asked: (string | null)[] = [];
  const answers = [
    'retry: 1\n\nevent: a\nid: 1\ndata: {}\n\nevent: live.b\ndata: {}\n\n',
    'event: c\nid: 2\ndata: {}\n\nevent: end\nid: 3\ndata: {}\n\n',
  ];
  const events: ServerEvent[] = [];
  const states: FeedState[] = [];

  await follow({
    url: '/events',
    headers: () => ({ 'X-API-Key': 'k' }),
    fetch: async (_, init) => {
      asked.push(new Headers(init?.headers).get('Last-Event-ID'));
      return new Response(answers[asked.length - 1]);
    },
    onEvent: (event) => {
      events.push(event);
      return event.type === 'end';
    },
    onState: (state) => states.push(state),
    onRefused: () => expect.unreachable(),
    signal: new AbortController().signal,
  });

  expect(asked).toEqual([null, '1']);
  expect(events.map((event) => event.type)).toEqual(['a', 'live.b', 'c', 'end']);
  expect(events.map((event) => event.id)).toEqual(['1', null, '2', '3']);
  expect(states).toEqual(['connecting', 'live', 'reconnecting', 'live', 'ended']);
});

test('a stream that falls silent is cut and opened again', async () => {
  let count = 0;

  await follow({
    url: '/events',
    headers: () => ({}),
    silenceMs: 5,
    retryMs: 1,
    fetch: async (_, init) => {
      count += 1;
      if (count === 1) {
        const cut = new Promise<never>((_resolve, reject) => {
          init?.signal?.addEventListener('abort', () => reject(new Error('cut')));
        });
        return cut;
      }
      return new Response(null, { status: 204 });
    },
    onEvent: () => false,
    onState: () => undefined,
    onRefused: () => expect.unreachable(),
    signal: new AbortController().signal,
  });

  expect(count).toBe(2);
});
