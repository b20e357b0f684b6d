import type { PushwireError } from '../../src/index';
import { fakeFetch, fakeWebSockets } from '../kit/fake-network';
import { connected, nextTurn } from '../kit/manual';
import { opening } from '../kit/rig';

// Every send() over a WebSocket settles, and fulfills only when the server has confirmed it.

async function open() {
  const sockets = fakeWebSockets();
  const own = connected({ transports: ['websocket'], WebSocket: sockets.WebSocket });
  await nextTurn();
  sockets.last().receive(opening('e.1'));
  const settled: string[] = [];
  const send = (text: string) =>
    own.connection.send(text).then(
      () => settled.push(`${text} taken`),
      ({ code, closeCode }: PushwireError) => settled.push(`${text} ${code} ${closeCode ?? ''}`.trim()),
    );
  return { ...own, ...sockets, send, settled, socket: sockets.last() };
}
const received = (count: unknown) => ({ event: 'pushwire:received', data: { count } });

describe('a message over a WebSocket', () => {
  it('is taken when the server has confirmed it, in order', async () => {
    const { connection, send, settled, socket } = await open();
    for (const text of ['a', 'b', 'c']) send(text);
    await nextTurn();
    expect([socket.sent, settled]).toEqual([['a', 'b', 'c'], []]);
    socket.receive(received(2));
    await nextTurn();
    expect(settled).toEqual(['a taken', 'b taken']);
    socket.receive(received(1));
    await nextTurn();
    expect(settled).toEqual(['a taken', 'b taken', 'c taken']);
    connection.close();
  });

  it.each([
    ['too large', 1009],
    ['one too many', 1008],
    ['not taken by the route', 1003],
    ['cut off', 1006],
    ['one at which the app failed', 1011],
  ])('that is %s rejects with the close code, and so do those after it', async (_, code) => {
    const { connection, send, settled, socket } = await open();
    for (const text of ['a', 'b', 'c']) send(text);
    socket.receive(received(1));
    socket.end(code);
    await nextTurn();
    expect(settled).toEqual(['a taken', `b network ${code}`, `c network ${code}`]);
    await send('d');
    expect(settled.at(-1)).toBe('d not-open');
    connection.close();
  });

  it('that is sent while the socket closes rejects when it has closed', async () => {
    const { connection, send, settled, socket } = await open();
    socket.readyState = 2;
    send('a');
    socket.end(1012);
    await nextTurn();
    expect(settled).toEqual(['a network 1012']);
    connection.close();
  });

  it.each<[string, (own: Awaited<ReturnType<typeof open>>) => void]>([
    ['the app closes the connection', ({ connection }) => connection.close()],
    ['the server falls silent', ({ clock }) => clock.advance(30_000)],
    ['the server sends nonsense', ({ socket }) => socket.onmessage?.({ data: '{' })],
  ])('rejects when %s', async (_, happen) => {
    const own = await open();
    own.send('a');
    await nextTurn();
    happen(own);
    await nextTurn();
    expect(own.settled).toHaveLength(1);
    expect(own.settled[0]).toMatch(/^a (network|bad-data)$/);
    own.connection.close();
  });

  it.each([Number.POSITIVE_INFINITY, 1e300, -1, 'many', null])('survives a count of %p', async (count) => {
    const { connection, send, settled, socket } = await open();
    send('a');
    socket.receive(received(count));
    expect(connection.status).toBe('open');
    socket.receive(received(1));
    await nextTurn();
    expect(settled).toEqual(['a taken']);
    connection.close();
  });
});

describe('a handshake that is not completed', () => {
  const attempt = async (answer: () => Response | Promise<Response>) => {
    const { fetch, requests } = fakeFetch(answer);
    const sockets = fakeWebSockets();
    const own = connected({
      transports: ['websocket'],
      WebSocket: sockets.WebSocket,
      fetch,
      cursor: 'e.1',
      retry: 500,
    });
    const errors: object[] = [];
    own.connection.onError(({ code, status, closeCode, retry }) => errors.push({ code, status, closeCode, retry }));
    await nextTurn();
    return { ...own, ...sockets, requests, errors };
  };
  const refusal = (status: number, headers?: Record<string, string>) => () =>
    new Response(null, { status, ...(headers && { headers }) });

  it.each([
    [refusal(401), { code: 'refused', status: 401, retry: 0 }, 'failed'],
    [refusal(404), { code: 'refused', status: 404, retry: 0 }, 'failed'],
    [refusal(503, { 'retry-after': '7' }), { code: 'refused', status: 503, retry: 7000 }, 'waiting'],
    [refusal(426), { code: 'refused', status: 426, retry: 0 }, 'waiting'],
    [refusal(204), undefined, 'ended'],
    [refusal(200), { code: 'network', closeCode: 1006 }, 'waiting'],
    [() => Promise.reject(new TypeError('no network')), { code: 'network' }, 'waiting'],
  ])('is explained by the answer to a HEAD request (case %#)', async (answer, error, status) => {
    const { connection, last, requests, errors } = await attempt(answer);
    last().end(1006);
    await nextTurn();
    expect(requests.map(({ url, init }) => [url.search, init.method])).toEqual([
      ['?a=1&transport=websocket&protocol=pushwire.v1&cursor=e.1', 'HEAD'],
    ]);
    expect(errors).toEqual(error ? [error] : []);
    expect(connection.status).toBe(status);
    connection.close();
  });

  it.each<[string, (own: Awaited<ReturnType<typeof attempt>>) => void]>([
    ['the app has closed the connection', ({ connection }) => connection.close()],
    ['it took too long', ({ clock }) => clock.advance(5000)],
    ['it was completed after all', ({ last }) => last().receive(opening('e.1'))],
  ])('is not asked about when %s', async (_, happen) => {
    const own = await attempt(refusal(404));
    const socket = own.last();
    happen(own);
    socket.end(1006);
    await nextTurn();
    expect(own.requests).toEqual([]);
    own.connection.close();
  });
});
