import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { clusterBackplane } from '@pushwire/cluster';
import { createHub, type DisconnectOptions, servePush } from '@pushwire/core';
import type { Backplane, BackplaneFactory } from '@pushwire/core/backplanes';
import { redisBackplane } from '@pushwire/redis';
import { Redis } from 'ioredis';
import { processesLog } from '../../packages/core/src/log/log-name';
import { answerCalls } from '../kit/child';
import { answers, quiet } from './hub-server';

// A process of its own, whose clients say who they are.

/** The port of Redis, or the path of a broker. */
const { port, path } = JSON.parse(process.argv[2] as string) as { port?: number; path?: string };

const userIn = ({ url = '/' }: IncomingMessage) => new URL(url, 'http://host').searchParams.get('user') ?? '';
const factory: BackplaneFactory =
  port === undefined
    ? clusterBackplane(path === undefined ? {} : { path })
    : redisBackplane({ client: new Redis(port, { lazyConnect: true }), checkInterval: 600_000 });
let backplane: Backplane | undefined;
const remembered: BackplaneFactory = (host) => {
  backplane = factory(host);
  return backplane;
};
// An app that keeps no history still hears of what is to be done with its clients.
const hub = createHub({ backplane: remembered, logger: quiet, clientKey: userIn, log: () => ({ count: 0 }) });
const server = createServer((request, response) => {
  serve(request, response, request).catch(() => response.destroy());
});
const serve = servePush<IncomingMessage>(() => hub.channel('news'));

export const handlers = {
  async url() {
    if (!server.listening) await once(server.listen(0, '127.0.0.1'), 'listening');
    while (!(await answers(hub))) await new Promise((resolve) => setTimeout(resolve, 20));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  },
  list: async (user: string) => (await hub.clients(user).list()).length,
  send: ({ user, data }: { user: string; data: unknown }) => hub.clients(user).send(data),
  disconnect: ({ user, ...options }: DisconnectOptions & { user: string }) => hub.clients(user).disconnect(options),
  /** How many processes a call would wait for. */
  knownProcesses: async () => (await backplane?.states?.read(processesLog))?.entries.length,
  connections: () => hub.stats().connections,
  close: () => hub.close(),
};

answerCalls(handlers);
