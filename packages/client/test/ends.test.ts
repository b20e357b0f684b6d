import { type ConnectOptions, messages, type TransportName } from '../src/index';
import { eventStream, fakeFetch, fakeWebSockets, json } from './kit/fake-network';
import { connected, nextTurn } from './kit/manual';
import { opening } from './kit/rig';

// How a source has ended, as the server tells it.

const settle = async (turns = 8) => {
  for (let n = 0; n < turns; n++) await nextTurn();
};

const transports: readonly TransportName[] = ['sse', 'websocket', 'long-poll', 'poll'];

/** A connection to a source that gives one message and this end. */
async function ended(transport: TransportName, end: object) {
  const message = { id: 'e.1', data: 'one' };
  const { fetch } = fakeFetch(() =>
    transport === 'sse'
      ? eventStream(opening('e.0'), message, {
          id: 'e.2',
          event: 'pushwire:end',
          data: { cursor: 'e.2', ...end },
        } as object)
      : json({ cursor: 'e.2', messages: [message], ended: true, ...end }),
  );
  const { WebSocket, last } = fakeWebSockets();
  const own = connected({ transports: [transport], fetch, WebSocket });
  const told: unknown[] = [];
  own.connection.onStatus(({ status, end }) => told.push([status, end?.outcome]));
  await settle();
  if (transport === 'websocket') {
    const frames = [opening('e.0'), message, { id: 'e.2', event: 'pushwire:end', data: { cursor: 'e.2', ...end } }];
    for (const frame of frames) last().receive(frame);
    last().end(1000);
    await settle();
  }
  return { ...own, told };
}

describe.each(transports)('the end of a run by %s', (transport) => {
  it.each([
    [{ outcome: 'completed' }],
    [{ outcome: 'stopped' }],
    [{ outcome: 'stopped', reason: 'by its reader' }],
    [{ outcome: 'failed', code: 'no-model' }],
    [{ outcome: 'lost' }],
  ])('has the outcome %j', async (end) => {
    const { connection, told } = await ended(transport, end);
    expect(connection.status).toBe('ended');
    expect(connection.end).toMatchObject(end);
    expect(connection.cursor).toBe('e.2');
    // The outcome is there as soon as the status is.
    expect(told.at(-1)).toEqual(['ended', end.outcome]);
  });

  it('has no outcome for a channel', async () => {
    const { connection } = await ended(transport, {});
    expect(connection.end).toBeDefined();
    expect(connection.end?.outcome).toBeUndefined();
  });
});

const broken: readonly ConnectOptions[] = [{ transports: ['sse'] }, { transports: ['long-poll'] }];

it.each(broken)('is unknown after a 204: %j', async (options) => {
  const { fetch } = fakeFetch(() => new Response(null, { status: 204 }));
  const { connection } = connected({ fetch, ...options });
  await settle();
  expect([connection.status, connection.end]).toEqual(['ended', undefined]);
});

it('is unknown after close()', async () => {
  const { connection, last } = connected();
  await nextTurn();
  last().onFrame(opening('e.0'));
  connection.close();
  expect([connection.status, connection.end]).toEqual(['ended', undefined]);
});

describe('a loop over the messages of a run', () => {
  const loop = async (end: object) => {
    const { connection, last } = connected();
    const read: unknown[] = [];
    const whole = (async () => {
      for await (const { data } of messages(connection)) read.push(data);
      return 'whole';
    })().catch((error) => error);
    await nextTurn();
    last().onFrame(opening('e.0'));
    last().onFrame({ id: 'e.1', data: 'one' });
    last().onFrame({ id: 'e.2', event: 'pushwire:end', data: end });
    return { outcome: await whole, read };
  };

  it.each([{ outcome: 'completed' }, { outcome: 'stopped' }, { cursor: 'e.1' }])('ends after %j', async (end) => {
    expect(await loop(end)).toEqual({ outcome: 'whole', read: ['one'] });
  });

  it.each([
    [{ outcome: 'failed', code: 'no-model' }, 'run-failed'],
    [{ outcome: 'lost' }, 'run-lost'],
  ])('throws after %j, and after its messages', async (end, code) => {
    const { outcome, read } = await loop(end);
    expect(read).toEqual(['one']);
    expect(outcome).toMatchObject({ name: 'Error', code, cause: end });
  });
});
