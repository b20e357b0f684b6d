import type { Server } from 'node:http';
import { AnswerError, createHub, message, type WebSocketOptions } from '@pushwire/core';
import { adapters, type Running } from './kit/adapters';
import { openWebSocket } from './kit/web-socket-client';

// What `onMessage` returns is the answer to a request, over a WebSocket and by POST alike.

type Options = WebSocketOptions<unknown>;

const onMessage: Options['onMessage'] = async (data, client) => {
  if (data === 'nothing') return undefined;
  if (data === 'refuse') throw new AnswerError('taken', 'This seat is taken.');
  if (data === 'status') throw Object.assign(new Error('secret'), { status: 409 });
  if (data === 'fail') throw new Error('secret');
  if (data === 'big') return 1n;
  if (data === 'event') return message('x', { event: 'tick' });
  if (data === 'both') await client.send('first', { event: 'tick' });
  return data;
};

const answer = (data: object) => ({ event: 'pushwire:answer', data });

/** What a client sends, and the data of the answer. */
const answers: readonly (readonly [string, object, object])[] = [
  ['text', { data: 'grüß' }, { data: 'grüß' }],
  ['the text of a value', { data: { n: [1] } }, { data: '{"n":[1]}' }],
  ['bytes', { data: 'AP8=', encoding: 'base64' }, { data: 'AP8=', encoding: 'base64' }],
  ['nothing', { data: 'nothing' }, {}],
  ['the data of a message', { data: 'event' }, { data: 'x' }],
  ['a refusal of the app', { data: 'refuse' }, { error: { code: 'taken', message: 'This seat is taken.' } }],
];

describe.each(adapters.filter(({ http2 }) => !http2))('a request to push() on $name', ({ start }) => {
  const hub = createHub();
  const reported: unknown[] = [];
  let app: Running;

  beforeAll(async () => {
    const route = (webSocket: Options) => ({ source: hub.channel('a'), push: { webSocket } });
    const onError = (error: unknown) => void reported.push(error);
    app = await start({
      '/': route({ onMessage, onError }),
      '/deaf': route({ onError }),
      '/slow': route({ onMessage: (data) => onMessage(data, undefined as never), messagesPerSecond: 2 }),
    });
  });
  beforeEach(() => void [reported, app.errors].map((errors) => errors.splice(0)));
  afterAll(async () => {
    await hub.close();
    (app.server as Server).closeAllConnections();
    await app.close();
  });

  const post = async (body: unknown, query = '?sends=frames') => {
    const headers = { 'content-type': 'application/json' };
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(`${app.url}/${query}`, { method: 'POST', headers, body: text });
    return [response.status, await response.text()] as const;
  };
  const open = async (path = '/') => {
    const client = await openWebSocket(`${app.url}${path}?sends=frames`, { protocol: 'pushwire.v1' });
    const all = () => client.messages().map((bytes) => JSON.parse(bytes.toString()));
    const events = () => all().filter(({ event }) => !/^pushwire:(open|received)/.test(event));
    const ask = (frame: unknown) => client.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
    return { client, ask, events, first: (n: number) => client.until(() => events().length >= n).then(events) };
  };

  it.each(answers)('is answered with %s, over both ways', async (_, sent, data) => {
    const expected = [answer({ request: 7, ...data })];
    const [status, text] = await post({ request: 7, ...sent });
    expect([status, JSON.parse(text)]).toEqual([200, { messages: expected }]);
    const { client, ask, first } = await open();
    ask({ request: 7, ...sent });
    expect(await first(1)).toEqual(expected);
    client.leave();
    expect([reported, app.errors]).toEqual([[], []]);
  });

  it('is answered after everything that the app sends to its client meanwhile', async () => {
    const expected = [{ event: 'tick', data: 'first' }, answer({ request: 1, data: 'both' })];
    expect(JSON.parse((await post({ request: 1, data: 'both' }))[1])).toEqual({ messages: expected });
    const { client, ask, first } = await open();
    ask({ request: 1, data: 'both' });
    expect(await first(2)).toEqual(expected);
    client.leave();
  });

  it('is told of an error by its status, and the socket stays open', async () => {
    const { client, ask, first } = await open();
    for (const [request, data] of ['status', 'fail', 'big', 'last'].entries()) ask({ request, data });
    expect(await first(4)).toEqual([
      answer({ request: 0, error: { status: 409 } }),
      answer({ request: 1, error: { status: 500 } }),
      answer({ request: 2, error: { status: 500 } }),
      answer({ request: 3, data: 'last' }),
    ]);
    client.leave();
    // A status below 500 is an answer that the app has chosen.
    expect(reported).toEqual([expect.objectContaining({ message: 'secret' }), expect.any(TypeError)]);
    expect((await post({ request: 1, data: 'status' }))[0]).toBe(409);
    expect((await post({ request: 1, data: 'fail' }))[0]).toBe(500);
    expect(app.errors.map((error) => (error as Error).message)).toEqual(['secret', 'secret']);
  });

  it('without a number expects no answer, and its error is one of a message', async () => {
    expect(await post({ data: 'text' })).toEqual([204, '']);
    expect((await post({ data: 'refuse' }))[0]).toBe(422);
    const { client, ask, events } = await open();
    ask({ data: 'text' });
    ask({ data: 'refuse' });
    await client.closed;
    expect([events(), client.code(), reported]).toEqual([
      [{ event: 'pushwire:error', data: expect.anything() }],
      1011,
      [expect.any(AnswerError)],
    ]);
  });

  it.each(['hello', '[]', '{}', '{"request":-1,"data":1}'])('that is %s is no frame', async (text) => {
    expect(await post(text)).toEqual([400, 'The message is no frame.\n']);
    const { client, ask } = await open();
    ask(text);
    await client.closed;
    expect(client.code()).toBe(1007);
    expect([reported, app.errors]).toEqual([[], []]);
  });

  it('is text like any other for a client that does not say that it sends frames', async () => {
    const text = JSON.stringify({ request: 1, data: 'fail' });
    expect(await post(text, '')).toEqual([204, '']);
  });

  it('is refused with a status where the app takes no messages', async () => {
    const { client, ask, first } = await open('/deaf');
    ask({ request: 1, data: 'x' });
    expect(await first(1)).toEqual([answer({ request: 1, error: { status: 400 } })]);
    ask({ data: 'x' });
    await client.closed;
    expect(client.code()).toBe(1003);
  });

  it('counts as a message', async () => {
    const { client, ask } = await open('/slow');
    for (let request = 0; request < 3; request++) ask({ request, data: 'x' });
    await client.closed;
    expect(client.code()).toBe(1008);
  });
});
