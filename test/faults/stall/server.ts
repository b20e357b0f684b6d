import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HubOptions } from '@pushwire/core';
import { acceptUpgrades, createHub, push } from '@pushwire/express';
import express from 'express';
import { answerCalls } from '../../kit/child';
import { kernelBuffers } from '../../kit/kernel-buffers';
import { numbered } from '../../kit/numbered';

// The stall test's server runs in its own process, apart from the memory of its clients.

const { options }: { options: HubOptions } = JSON.parse(process.argv[2] as string);
const hub = createHub(options);
const channel = hub.channel('all');
const app = express();
app.get('/', push(channel));
const server = createServer(app);
acceptUpgrades(server, app);
let published = 0;

export const handlers = {
  port: () =>
    new Promise<number>((resolve) => {
      server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 }, () =>
        resolve((server.address() as AddressInfo).port),
      );
    }),
  stats: () => hub.stats(),
  /** @returns the number of the last message. */
  async publish({ messages, bytes }: { messages: number; bytes: number }) {
    for (let n = 0; n < messages; n++) await channel.publish(numbered(++published, bytes));
    return published;
  },
  /** Bytes of the process without garbage, and bytes of the kernel's buffers where it tells. */
  memory() {
    globalThis.gc?.();
    const { rss, heapUsed: heap, arrayBuffers } = process.memoryUsage();
    return { rss, heap, arrayBuffers, kernel: kernelBuffers() };
  },
};

answerCalls(handlers);
