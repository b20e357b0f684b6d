import type { TransportName } from '../../src/index';
import { eventStream, fakeFetch, fakeWebSockets, json } from '../kit/fake-network';
import { connected, nextTurn, url } from '../kit/manual';
import { opening } from '../kit/rig';

describe('the option query', () => {
  const pollOf = (n: number) =>
    json({ from: n > 1 ? `e.${n - 1}` : undefined, cursor: `e.${n}`, messages: [{ data: n }] });

  it('adds parameters to the URL', async () => {
    const { fetch, requests } = fakeFetch(() => eventStream(opening('e.1')));
    const { connection } = connected({ query: { b: 2, c: undefined }, fetch, transports: ['sse'] });
    await nextTurn();
    expect(requests[0]?.url.href).toMatch(`${url}&transport=sse&protocol=pushwire.v1&b=2`);
    connection.close();
  });

  it.each<[TransportName | 'post', number]>([
    ['sse', 1],
    ['long-poll', 3],
    ['poll', 1],
    ['post', 2],
  ])('is asked before each request by %s if it is a function', async (transport, count) => {
    let answers = 0;
    const { fetch, requests } = fakeFetch((_, { method }) => {
      if (method === 'POST') return new Response(null, { status: 204 });
      return transport === 'sse' || transport === 'post' ? eventStream(opening('e.1')) : pollOf(++answers);
    });
    let tokens = 0;
    const { connection } = connected({
      query: async () => ({ token: `t${++tokens}` }),
      transports: [transport === 'post' ? 'sse' : transport],
      fetch: async (...given) => (requests.length < count ? fetch(...given) : new Promise(() => {})),
    });
    await nextTurn();
    await nextTurn();
    if (transport === 'post') await connection.send('hello');
    expect(requests.map(({ url }) => url.searchParams.get('token'))).toEqual(
      Array.from({ length: count }, (_, i) => `t${i + 1}`),
    );
    connection.close();
  });

  it('is asked before each attempt by WebSocket, which opens nothing if it is closed meanwhile', async () => {
    let tokens = 0;
    const { WebSocket, sockets, last } = fakeWebSockets();
    const { connection, clock } = connected({
      query: async () => ({ token: `t${++tokens}` }),
      WebSocket,
      transports: ['websocket'],
    });
    await nextTurn();
    last().receive(opening('e.1'));
    last().end(1006);
    clock.advance(1000);
    await nextTurn();
    expect(sockets.map(({ url }) => new URL(url).searchParams.get('token'))).toEqual(['t1', 't2']);
    last().end(1006);
    clock.advance(4000);
    connection.close();
    await nextTurn();
    expect([tokens, sockets.length]).toEqual([3, 2]);
  });

  it('that fails is a failed attempt, and is asked again', async () => {
    const mine = new Error('mine');
    const errors: unknown[] = [];
    const query = jest.fn(async () => ({})).mockRejectedValueOnce(mine);
    const { fetch, requests } = fakeFetch(() => eventStream(opening('e.1')));
    const { connection, clock } = connected({ query, fetch, transports: ['sse'] });
    connection.onError(({ code, cause }) => errors.push([code, cause]));
    await nextTurn();
    expect([errors, requests.length]).toEqual([[['network', mine]], 0]);
    clock.advance(1000);
    await nextTurn();
    expect([requests.length, connection.status]).toEqual([1, 'open']);
    connection.close();
  });

  it('renews a token after a 401', async () => {
    let attempts = 0;
    const { fetch, requests } = fakeFetch(() =>
      ++attempts === 1 ? new Response(null, { status: 401 }) : eventStream(opening('e.1')),
    );
    const { connection } = connected({ query: () => ({ token: attempts }), fetch, transports: ['sse'] });
    await nextTurn();
    await nextTurn();
    expect(requests.map(({ url }) => url.searchParams.get('token'))).toEqual(['0', '1']);
    expect(connection.status).toBe('open');
    connection.close();
  });
});
