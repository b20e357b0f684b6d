import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getHeapSpaceStatistics } from 'node:v8';
import type { HubOptions } from '@pushwire/core';
import { acceptUpgrades, createHub, push } from '@pushwire/express';
import express from 'express';
import { answerCalls } from '../../kit/child';
import { numbered } from '../../kit/numbered';

// The soak test's server runs in its own process, so that its heap and handles can be measured.

const { options }: { options: HubOptions } = JSON.parse(process.argv[2] as string);
const hub = createHub(options);
const app = express();
app.get(
  '/:channel',
  push((request) => hub.channel(String(request.params.channel))),
);
const server = createServer(app);
acceptUpgrades(server, app);
/** The number of each channel's last message. */
const published = new Map<string, number>();

export const handlers = {
  port: () =>
    new Promise<number>((resolve) => {
      server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 }, () =>
        resolve((server.address() as AddressInfo).port),
      );
    }),
  async publish({ channel, messages, bytes }: { channel: string; messages: number; bytes: number }) {
    for (let n = 0; n < messages; n++) {
      const number = (published.get(channel) ?? 0) + 1;
      published.set(channel, number);
      await hub.channel(channel).publish(numbered(number, bytes));
    }
  },
  stats: () => hub.stats(),
  /** The resources that the process holds. */
  async holdings() {
    const sockets = await new Promise<number>((resolve) => server.getConnections((_error, count) => resolve(count)));
    const handles: Record<string, number> = {};
    for (const name of process.getActiveResourcesInfo()) handles[name] = (handles[name] ?? 0) + 1;
    globalThis.gc?.();
    // Node compiles code as long as it runs, so code spaces don't count.
    const spaces = getHeapSpaceStatistics().filter(({ space_name: name }) => !name.startsWith('code'));
    const heap = spaces.reduce((sum, { space_used_size: used }) => sum + used, 0);
    const { connections, lagging, channels } = hub.stats();
    return { connections, lagging, channels, sockets, handles, heap };
  },
};

export type Holdings = Awaited<ReturnType<typeof handlers.holdings>>;

answerCalls(handlers);
