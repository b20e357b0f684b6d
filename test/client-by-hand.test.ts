import { type Connection, connect, type WebSocketClass } from '@pushwire/client';
import { createHub, type OpenPoll, type OpenStream } from '@pushwire/core';
import { WebSocket } from 'ws';
import { adapters } from './kit/adapters';
import { until } from './kit/until';

const tested = adapters.filter(({ name }) => ['Express 5', 'Koa 3'].includes(name));

describe.each(tested)('the client with writers by hand on $name', ({ start }) => {
  it.each(['sse', 'websocket', 'long-poll', 'poll'] as const)('goes on by %s where it left off', async (transport) => {
    const hub = createHub({ retry: 500 });
    const app = await start();
    const streams: OpenStream[] = [];
    const polls: OpenPoll[] = [];
    const cursors: (string | undefined)[] = [];
    const isPoll = transport.endsWith('poll');
    const path = app.serve({
      byHand: async ({ openStream, openPoll }) => {
        const options = { hub };
        if (isPoll) polls.push(await openPoll({ ...options, interval: 20, answerTimeout: 20 }));
        else streams.push(await openStream(options));
        cursors.push((isPoll ? polls : streams).at(-1)?.lastEventId);
      },
    });
    const received: unknown[] = [];
    const gaps: unknown[] = [];
    const connection: Connection = connect(app.url + path, {
      WebSocket: WebSocket as unknown as WebSocketClass,
      memory: new Map(),
      transports: [transport],
      random: () => 0.1,
    });
    connection.onAny(({ data }) => received.push(data));
    connection.on('gap', (gap) => gaps.push(gap));
    const send = async (n: number) => {
      const message = { data: { n }, id: `${n}` };
      const answered = () => polls.some((poll) => poll.reason === undefined && poll.answer(message));
      if (isPoll) await until('there is a poll', answered);
      else streams.at(-1)?.send({ n }, { id: `${n}` });
      await until('it has come', () => received.length === n);
    };
    await until('it is open', () => connection.status === 'open');
    for (const n of [1, 2, 3]) await send(n);
    if (!isPoll) streams.at(-1)?.close('unavailable');
    await until('it comes back', () => cursors.at(-1) === '3' && connection.status === 'open');
    for (const n of [4, 5]) await send(n);
    expect(received).toEqual([1, 2, 3, 4, 5].map((n) => ({ n })));
    expect([gaps, connection.transport, cursors[0]]).toEqual([[], transport, undefined]);
    if (isPoll) await until('there is a poll', () => polls.some((poll) => poll.reason === undefined && poll.end()));
    else streams.at(-1)?.end();
    await until('it is told of the end', () => connection.status === 'ended');
    expect(app.errors).toEqual([]);
    await hub.close();
    await app.close();
  });
});
