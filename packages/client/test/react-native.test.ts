import { type Connection, connect } from '../src/index';
import { fakeFetch, fakeWebSockets, json } from './kit/fake-network';
import { nextTurn } from './kit/manual';
import { opening } from './kit/rig';

// React Native has a `window` without events, and a `fetch` over XMLHttpRequest: a response comes as
// a whole, with `text()` but without a stream as its `body`.

const { ReadableStream } = globalThis;
const connections: Connection[] = [];

describe('the client in React Native', () => {
  beforeAll(() => {
    Object.assign(globalThis, { window: globalThis });
    Reflect.deleteProperty(globalThis, 'ReadableStream');
  });
  afterEach(() => {
    for (const connection of connections.splice(0)) connection.close();
  });
  afterAll(() => {
    Object.assign(globalThis, { ReadableStream });
    Reflect.deleteProperty(globalThis, 'window');
  });

  /** A response that can only be read as a whole. */
  const whole = (body: object): Response => {
    const { status, headers } = json(body);
    return { status, headers, body: undefined, text: async () => JSON.stringify(body) } as unknown as Response;
  };
  const answers = [
    { cursor: 'e.1', messages: [] },
    { from: 'e.1', cursor: 'e.2', messages: [{ data: 'é' }] },
  ];

  const open = (options: Parameters<typeof connect>[1]) => {
    const given = [...answers];
    const network = fakeFetch(() => {
      const next = given.shift();
      return next ? whole(next) : new Promise(() => {});
    });
    const seen: unknown[] = [];
    const connection = connect('http://www.example.com/news', { memory: new Map(), fetch: network.fetch, ...options });
    connection.onStatus(({ status, transport }) => seen.push(`${transport} ${status}`));
    connection.onError(({ code }) => seen.push(code));
    connection.onAny(({ data }) => seen.push(data));
    connections.push(connection);
    return { seen, ...network };
  };

  it('tries a WebSocket first', async () => {
    const { WebSocket, last } = fakeWebSockets();
    const { seen, requests } = open({ WebSocket });
    await nextTurn();
    last().receive(opening('e.1'));
    expect([seen, requests]).toEqual([['websocket connecting', 'websocket open'], []]);
  });

  it('polls by whole responses where a WebSocket does not get through', async () => {
    const { WebSocket, last } = fakeWebSockets();
    const { seen } = open({ WebSocket });
    await nextTurn();
    last().end(1006);
    for (let n = 0; n < 5; n++) await nextTurn();
    expect(seen).toEqual(['websocket connecting', 'long-poll connecting', 'network', 'long-poll open', 'é']);
  });
});
