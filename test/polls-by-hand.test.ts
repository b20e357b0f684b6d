import { createHub, type Hub, type OpenPoll, type OpenPollOptions } from '@pushwire/core';
import { FakeClock } from '@pushwire/core/testing';
import { adapters, type Openers, type Running } from './kit/adapters';
import { fires } from './kit/fires';
import { openStream as openClient, type StreamClient, type StreamRequest } from './kit/stream-client';
import { unanswered } from './kit/unanswered';
import { until } from './kit/until';

type Options = OpenPollOptions<unknown>;

describe.each(adapters)('polls by hand on $name', ({ name, http2, hasAfterPart, start }) => {
  let hub: Hub;
  let clock: FakeClock;
  let app: Running;

  beforeAll(async () => {
    app = await start();
  });

  beforeEach(() => {
    clock = new FakeClock();
    hub = createHub({ clock });
    app.errors.length = 0;
  });

  afterEach(async () => {
    await until('all connections are closed', () => hub.stats().connections === 0);
    await hub.close();
  });

  afterAll(() => app.close());

  const serve = (use: (poll: OpenPoll) => unknown = () => {}, options: Options = {}) => {
    const polls: OpenPoll[] = [];
    const path = app.serve({
      byHand: async ({ openPoll }: Openers) => {
        const poll = await openPoll({ hub, ...options });
        polls.push(poll);
        await use(poll);
      },
    });
    const first = async () => {
      await until('there is a poll', () => polls.length > 0);
      return polls[0] as OpenPoll;
    };
    return { url: app.url + path, polls, first };
  };

  const open = (url: string, request?: StreamRequest) => openClient(url, http2, request);
  const answerTo = async (opening: Promise<StreamClient>) => {
    const client = await opening;
    await client.ended;
    return { client, status: client.status, body: client.status === 200 ? JSON.parse(client.text()) : client.text() };
  };
  const get = (url: string, request?: StreamRequest) => answerTo(open(url, request));

  it('are answered at once, with messages, ids and names', async () => {
    const { url, polls } = serve((poll) => {
      expect(poll.answer(['one', { data: { n: 2 }, id: '2', event: 'tick' }, Buffer.from('b')])).toBe(true);
    });
    const { status, body, client } = await get(url);
    expect(status).toBe(200);
    expect(body).toEqual({
      cursor: '2',
      messages: [{ data: 'one' }, { id: '2', event: 'tick', data: { n: 2 } }, { data: 'Yg==', encoding: 'base64' }],
    });
    expect(client.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'private, no-store',
      'x-content-type-options': 'nosniff',
      'content-length': String(Buffer.byteLength(client.text())),
    });
    await until('it is closed', () => polls[0]?.reason !== undefined);
    expect([polls[0]?.transport, polls[0]?.wait, await fires(polls[0]?.signal)]).toEqual(['long-poll', 25_000, true]);
    expect(await polls[0]?.closed).toBe('answered');
    expect(app.errors).toEqual([]);
  });

  it('are answered later, after their handler has returned', async () => {
    const { url, first } = serve();
    const answering = get(`${url}?cursor=7`);
    const poll = await first();
    expect([poll.lastEventId, poll.reason, poll.signal.aborted, hub.stats().connections]).toEqual([
      '7',
      undefined,
      false,
      1,
    ]);
    // The handler has returned by then.
    await new Promise((resolve) => setImmediate(resolve));
    expect(poll.answer({ data: 'later', id: '8' })).toBe(true);
    expect((await answering).body).toEqual({ cursor: '8', messages: [{ id: '8', data: 'later' }], from: '7' });
    expect(await poll.closed).toBe('answered');
    expect(app.errors).toEqual([]);
  });

  it('are answered though their handler waits until they are closed', async () => {
    const reasons: unknown[] = [];
    const { url, first } = serve(async ({ closed }) => reasons.push(await closed));
    const answering = get(url);
    const poll = await first();
    expect(poll.answer('later')).toBe(true);
    expect((await answering).body).toEqual({ cursor: 'start', messages: [{ data: 'later' }] });
    expect(reasons).toEqual(['answered']);
    expect(app.errors).toEqual([]);
  });

  it('are answered without a message when the wait is over, and the app is too late then', async () => {
    const { url, first } = serve();
    const answering = get(`${url}?cursor=7&wait=20`);
    const poll = await first();
    expect(poll.wait).toBe(20_000);
    clock.advance(19_000);
    expect(poll.reason).toBeUndefined();
    clock.advance(1500);
    expect((await answering).body).toEqual({ cursor: '7', messages: [], from: '7' });
    expect([poll.reason, await poll.closed]).toEqual(['answered', 'answered']);
    expect(poll.answer('late')).toBe(false);
    expect(() => poll.answer('again')).toThrow(TypeError);
    expect(app.errors).toEqual([]);
  });

  it.each([
    ['?transport=poll', 'poll', { cursor: 'start', messages: [], interval: 5000 }],
    ['?wait=0', 'poll', { cursor: 'start', messages: [], interval: 5000 }],
    ['?transport=long-poll&wait=0', 'long-poll', { cursor: 'start', messages: [] }],
  ])('of clients that do not wait (%s) are answered after answerTimeout', async (query, transport, body) => {
    const { url, first } = serve(() => {}, { interval: 5000, answerTimeout: 300 });
    const answering = get(url + query);
    const poll = await first();
    expect([poll.wait, poll.transport]).toEqual([0, transport]);
    clock.advance(200);
    expect(poll.reason).toBeUndefined();
    clock.advance(1000);
    expect((await answering).body).toEqual(body);
  });

  it('give their client an end, and tell it so again', async () => {
    const { url, polls } = serve((poll) => poll.end({ data: 'last', id: '9' }));
    const { body } = await get(url);
    expect(body).toEqual({ cursor: 'end', messages: [{ id: '9', data: 'last' }], ended: true });
    expect(await get(`${url}?cursor=${body.cursor}`)).toMatchObject({ status: 204, body: '' });
    await until('there are two', () => polls.length === 2);
    expect(polls.map(({ reason }) => reason)).toEqual(['ended', 'ended']);
    expect(app.errors).toEqual([]);
  });

  it('have the body that envelope makes', async () => {
    const { url } = serve((poll) => poll.answer(['a', 'b']), {
      envelope: ({ messages }) => messages.map(({ data }) => data),
    });
    expect((await get(url)).body).toEqual(['a', 'b']);
  });

  it.each(['leave', 'reset'] as const)('know when their client has left, by %s', async (way) => {
    const { url, first } = serve();
    const aborted = jest.fn();
    const leaving = unanswered(url, http2);
    const poll = await first();
    poll.signal.addEventListener('abort', aborted);
    leaving[way]();
    await until('it has left', () => poll.reason !== undefined);
    expect([poll.reason, poll.answer('nobody'), aborted.mock.calls.length]).toEqual(['left', false, 1]);
    expect(app.errors).toEqual([]);
  });

  it('answer a HEAD without a body', async () => {
    const { url, first } = serve();
    const client = await open(url, { method: 'HEAD' });
    await client.ended;
    expect([client.status, client.text()]).toEqual([200, '']);
    const poll = await first();
    expect([poll.reason, poll.answer('x')]).toEqual(['answered', false]);
  });

  it.each<[string, Options, string, StreamRequest, number, string]>([
    ['that authorize forbids', { authorize: () => false }, '', {}, 403, 'forbidden'],
    ['that authorize forbids later', { authorize: async () => false }, '', {}, 403, 'forbidden'],
    ['for a stream', {}, '', { headers: { accept: 'text/event-stream' } }, 406, 'not-acceptable'],
    ['for a transport that there is not', {}, '?transport=sse', {}, 400, 'bad-request'],
    ['with a wait that is no number', {}, '?wait=long', {}, 400, 'bad-request'],
    ['with a cursor of 5000 characters', {}, `?cursor=${'x'.repeat(5000)}`, {}, 400, 'bad-request'],
  ])('reject a request %s, and the framework answers', async (_what, options, query, request, status, code) => {
    const { url, polls } = serve(() => {}, options);
    expect((await get(url + query, request)).status).toBe(status);
    expect([polls, app.errors]).toEqual([[], [expect.objectContaining({ code, status })]]);
  });

  it('are closed with full or draining when the hub has no room', async () => {
    const small = createHub({ limits: { connections: 1 } });
    const { url, polls } = serve(() => {}, { hub: small });
    const held = get(url);
    await until('it is held', () => small.stats().connections === 1);
    const { status, client } = await get(url);
    expect([status, client.headers['retry-after']]).toEqual([503, '3']);
    await small.close();
    expect(await held).toMatchObject({ status: 200, body: { cursor: 'start', messages: [] } });
    expect((await get(url)).status).toBe(503);
    await until('there are three', () => polls.length === 3);
    expect(polls.map(({ reason }) => reason)).toEqual(['draining', 'full', 'draining']);
    expect([polls[1]?.answer('x'), await fires(polls[1]?.signal), await polls[1]?.closed]).toEqual([
      false,
      true,
      'full',
    ]);
    expect(app.errors).toEqual([]);
  });

  // Fastify has given the response away by then.
  if (name !== 'Fastify') {
    it('leave the answer to the framework when the handler throws instead', async () => {
      const { url, polls } = serve(() => {
        throw Object.assign(new Error('no tea'), { status: 418, expose: true });
      });
      expect((await get(url)).status).toBe(418);
      expect(app.errors).toEqual([expect.objectContaining({ message: 'no tea' })]);
      await until('it is closed', () => polls[0]?.reason !== undefined);
      expect(polls[0]?.reason).toBe(hasAfterPart ? 'failed' : 'left');
      expect(polls[0]?.answer('x')).toBe(false);
    });
  }
});
