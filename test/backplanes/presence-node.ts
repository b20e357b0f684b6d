import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHub, servePush } from '@pushwire/core';
import { redisBackplane } from '@pushwire/redis';
import { Redis } from 'ioredis';
import { answerCalls } from '../kit/child';
import { answers, quiet } from './hub-server';

// A process of its own, whose clients are the members of a room.

const { port, lease, grace } = JSON.parse(process.argv[2] as string) as { port: number; lease: number; grace: number };

const backplane = redisBackplane({ client: new Redis(port, { lazyConnect: true }), checkInterval: 600_000 });
const hub = createHub({ backplane, logger: quiet, presence: { lease, grace } });
const server = createServer((request, response) => {
  serve(request, response, request).catch(() => response.destroy());
});
const idOf = ({ url = '/' }: IncomingMessage) => new URL(url, 'http://host').searchParams.get('id') ?? '';
const serve = servePush<IncomingMessage>(() => hub.channel('room'), {
  presence: (request) => ({ channel: 'room', id: idOf(request), data: { id: idOf(request) } }),
});

export const handlers = {
  async url() {
    if (!server.listening) await once(server.listen(0, '127.0.0.1'), 'listening');
    while (!(await answers(hub))) await new Promise((resolve) => setTimeout(resolve, 20));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  },
  async members() {
    return (await hub.presence('room').members()).map(({ id }) => id).sort();
  },
  close: () => hub.close(),
};

answerCalls(handlers);
