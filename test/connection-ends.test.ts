import { Agent, request as requestHttp } from 'node:http';
import { type Channel, createHub, type Hub } from '@pushwire/core';
import { adapters, type Running } from './kit/adapters';
import { KeptConnection } from './kit/kept-connection';
import { until } from './kit/until';

const overHttp1 = adapters.filter(({ http2 }) => !http2);

/** Every kind of answer: what it takes to get it, and what ends it. */
interface Answer {
  readonly status: number;
  readonly request?: string;
  readonly path?: 'channel' | 'generator' | 'forbidden' | 'full';
  readonly query?: string;
  readonly headers?: readonly string[];
  readonly body?: string;
  /** Ends a stream or a held poll. */
  readonly end?: (channel: Channel) => unknown;
  readonly kept: boolean;
}

const end = (channel: Channel) => channel.end();
const publish = (channel: Channel) => channel.publish('x');
const streams = ['sse', 'ndjson', 'comet'];

const answers: Record<string, Answer> = {
  ...Object.fromEntries(
    streams.flatMap((name): [string, Answer][] => [
      [`a stream of a channel over ${name}`, { status: 200, query: `transport=${name}`, end, kept: false }],
      [
        `a stream of a generator over ${name}`,
        { status: 200, path: 'generator', query: `transport=${name}`, kept: false },
      ],
      [`a refused stream over ${name}`, { status: 200, path: 'full', query: `transport=${name}`, kept: false }],
    ]),
  ),
  'the end that a client knows': { status: 204, query: 'transport=sse&cursor=end', path: 'generator', kept: true },
  'a held poll with a message': { status: 200, query: 'transport=long-poll&cursor=0', end: publish, kept: true },
  'a held poll without a message': { status: 200, query: 'transport=long-poll&cursor=0&wait=0.1', kept: true },
  'an interval poll': { status: 200, query: 'transport=poll&cursor=0', kept: true },
  'a refused poll': { status: 503, path: 'full', query: 'transport=long-poll&cursor=0', kept: true },
  'a transport that there is not': { status: 400, query: 'transport=none', kept: true },
  'a poll of a generator': { status: 406, path: 'generator', query: 'transport=poll', kept: true },
  'a client without the right': { status: 403, path: 'forbidden', query: 'transport=sse', kept: true },
  'a WebSocket without an upgrade': { status: 426, query: 'transport=websocket', kept: true },
  'a message by POST': {
    status: 204,
    request: 'POST',
    body: '"hello"',
    headers: ['Content-Type: text/plain'],
    kept: true,
  },
};

describe.each(overHttp1)('a head on $name', ({ start }) => {
  let hub: Hub;
  let full: Hub;
  let app: Running;
  let channel: Channel;
  let count = 0;
  let occupant: KeptConnection;

  beforeAll(async () => {
    hub = createHub();
    full = createHub({ limits: { connections: 1 } });
    const push = { longPoll: { batchDelay: 0 }, webSocket: { onMessage: () => {} } };
    app = await start({
      '/channel': { source: () => channel, push },
      '/generator': {
        source: async function* () {
          yield { data: 'x' };
        },
        push: { hub },
      },
      '/forbidden': { source: () => channel, push: { authorize: () => false } },
      '/full': { source: full.channel('x'), push },
    });
    occupant = await KeptConnection.open(app.url);
    occupant.send('GET /full?transport=sse HTTP/1.1');
    await until('the hub is full', () => full.stats().connections === 1);
  });
  beforeEach(() => {
    channel = hub.channel(`channel-${++count}`);
  });
  afterAll(async () => {
    occupant.leave();
    await Promise.all([hub.close(), full.close()]);
    await app.close();
  });

  /** Asks, ends what is to be ended, and returns the answer. */
  async function get(client: KeptConnection, answer: Answer, version = '1.1', more: readonly string[] = []) {
    const { request = 'GET', path = 'channel', query = '', headers = [], body, end } = answer;
    const line = `${request} /${path}?${query} HTTP/${version}`;
    client.send(line, [...headers, ...more], body);
    if (end) {
      await until('it is connected', () => hub.stats().connections === 1);
      await end(channel);
    }
    return await client.answerTo(line);
  }

  /** Expects that the connection does what the head says. */
  async function expectTruth(client: KeptConnection, saysKept: boolean): Promise<void> {
    if (saysKept) {
      const next = await client.ask('GET /channel?transport=poll HTTP/1.1');
      expect(next.status).toBe(200);
      client.leave();
    } else await until('the server has closed the connection', () => client.isClosed);
  }

  describe.each(Object.entries(answers))('of %s', (_name, answer) => {
    it('says what becomes of the connection', async () => {
      const client = await KeptConnection.open(app.url);
      const { status, saysKept } = await get(client, answer);
      expect([status, saysKept]).toEqual([answer.status, answer.kept]);
      await expectTruth(client, saysKept);
    });

    it.each([
      ['that asks to close', '1.1', ['Connection: close']],
      ['over HTTP/1.0', '1.0', []],
      ['over HTTP/1.0 that asks to keep it', '1.0', ['Connection: keep-alive']],
    ])('says what becomes of the connection to a client %s', async (_which, version, headers) => {
      const client = await KeptConnection.open(app.url);
      const { status, saysKept } = await get(client, answer, version, headers);
      expect(status).toBe(answer.status);
      if (headers[0] !== 'Connection: keep-alive') expect(saysKept).toBe(false);
      await expectTruth(client, saysKept);
    });
  });

  it('of a stream says that the connection closes, even if the app has set the header to keep it', async () => {
    const path = app.serve({ source: channel, headers: { Connection: 'keep-alive' } });
    const client = await KeptConnection.open(app.url);
    client.send(`GET ${path} HTTP/1.1`);
    await until('it is connected', () => hub.stats().connections === 1);
    await channel.end();
    expect((await client.answerTo('GET')).saysKept).toBe(false);
    await until('the server has closed the connection', () => client.isClosed);
  });

  it('of a stream keeps agents from putting the next request on its connection', async () => {
    const agent = new Agent({ keepAlive: true });
    const withAgent = (method: string, path: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        const request = requestHttp(app.url + path, { method, agent }, (response) => {
          response.resume().on('end', () => resolve(response.statusCode));
        });
        request.on('error', reject).end();
      });
    const withFetch = async (method: string, path: string) => {
      const response = await fetch(app.url + path, { method });
      await response.text();
      return response.status;
    };
    for (const ask of [withAgent, withFetch]) {
      for (let n = 0; n < 10; n++) {
        channel = hub.channel(`channel-${++count}`);
        const streaming = ask('GET', '/channel?transport=sse');
        await until('it is connected', () => hub.stats().connections === 1);
        await channel.end();
        expect([await streaming, await ask('POST', '/channel')]).toEqual([200, 204]);
      }
    }
    agent.destroy();
  });
});
