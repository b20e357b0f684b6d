import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { WebSocketClass } from '@pushwire/client';
import { connectTwoWay } from '@pushwire/client/two-way';
import { createHub } from '@pushwire/core';
import { WebSocket } from 'ws';
import { adapters } from './kit/adapters';
import { Random } from './kit/random';
import { until } from './kit/until';

const names = ['a', 'b', 'c', 'd'];

it.each([
  ['websocket', 103],
  ['websocket', 106],
  ['sse', 3],
  ['long-poll', 4],
] as const)(
  'whatever is cut, topics over %s miss nothing, and no request is handled twice (seed %i)',
  async (name, seed) => {
    const random = new Random(seed);
    const hub = createHub({ retry: 500, log: { count: 100_000 } });
    const handled: string[] = [];
    const app = await (adapters.find((each) => each.name === 'Express 5') as (typeof adapters)[number]).start({
      '/': {
        source: (_, { topics }) => ['base', ...topics].map((topic) => hub.channel(topic)),
        push: {
          webSocket: {
            messagesPerSecond: 1000,
            onMessage: (data) => {
              handled.push(String(data));
              return data;
            },
          },
        },
      },
    });
    const sockets = new Set<Socket>();
    (app.server as Server).on('connection', (socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    const connection = connectTwoWay(`${app.url}/`, {
      transports: [name],
      WebSocket: WebSocket as unknown as WebSocketClass,
      memory: new Map(),
      random: () => 0.02,
      retry: 100,
      steadyAfter: 1,
      outbox: { messages: 100 },
    });
    const numbers: number[] = [];
    const others: unknown[] = [];
    const gaps: unknown[] = [];
    connection.on('number', (number) => numbers.push(number as number));
    connection.on('message', (data) => others.push(data));
    connection.onGap((gap) => gaps.push(gap));
    await until('it is open', () => connection.status === 'open');
    let n = 0;
    const publishing = setInterval(() => {
      hub.channel('base').publish(n++, { event: 'number' });
      if (random.chance(name === 'websocket' ? 0.06 : 0.03)) for (const socket of sockets) socket.destroy();
    }, 1);
    const wanted = new Set<string>();
    const asked: Promise<unknown>[] = [];
    for (let i = 0; i < 40; i++) {
      const topic = names[random.between(0, names.length - 1)] as string;
      const isLeaving = wanted.has(topic);
      // A change may fail with the connection that carried it. It is then made once more.
      const change = () => (isLeaving ? connection.leave(topic) : connection.subscribe(topic));
      asked.push(connection.request(`r${i}`).catch(({ code }) => code));
      for (let isMade = false; !isMade; ) {
        isMade = await change().then(
          () => true,
          (error) => {
            expect(error.code).toBe('network');
            return false;
          },
        );
      }
      isLeaving ? wanted.delete(topic) : wanted.add(topic);
      expect([...connection.topics].sort()).toEqual([...wanted].sort());
    }
    clearInterval(publishing);
    await until('it is open', () => connection.status === 'open');
    for (const topic of names) await hub.channel(topic).publish(topic);
    await hub.channel('base').publish(n, { event: 'number' });
    await until('the last has come', () => numbers.at(-1) === n && others.length >= wanted.size);
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, i) => n + 1 - numbers.length + i));
    expect([[...others].sort(), gaps]).toEqual([[...wanted].sort(), []]);
    const answers = await Promise.all(asked);
    expect(answers.filter((answer, i) => answer !== `r${i}` && answer !== 'network')).toEqual([]);
    expect(handled).toEqual([...new Set(handled)]);
    connection.close();
    await hub.close();
    (app.server as Server).closeAllConnections();
    await app.close();
  },
);
