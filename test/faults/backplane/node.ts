import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHub, type PushwireError } from '@pushwire/core';
import * as forExpress from '@pushwire/express';
import * as forKoa from '@pushwire/koa';
import express from 'express';
import Koa from 'koa';
import { answerCalls } from '../../kit/child';
import { failures, type Joined, nodeBackplane } from '../redis/node-backplane';

// A node is a small app whose hub shares channels with other hubs over Redis or by a broker.

/** The settings that a node gets on its command line. */
export interface NodeSettings extends Joined {
  readonly framework: 'express' | 'koa';
  /** The number of messages kept per channel. */
  readonly kept: number;
}

const settings: NodeSettings = JSON.parse(process.argv[2] as string);

/** Failures that no fault explains. */
const unexpected: string[] = [];

function failed({ err }: { err?: unknown }, message: string): void {
  const isMistake = [TypeError, RangeError, ReferenceError, SyntaxError].some((mistake) => err instanceof mistake);
  if (isMistake || !failures.includes(message))
    unexpected.push(`${message}: ${(err as Error | undefined)?.stack ?? err}`);
}

const hub = createHub({
  log: { count: settings.kept },
  retry: 500,
  logger: { debug() {}, info() {}, error: failed },
  backplane: nodeBackplane(settings),
});

const channelsOf = (names: string) => names.split(',').map((name) => hub.channel(name));

function expressApp(): [RequestListener, (server: Server) => void] {
  const app = express();
  app.get(
    '/:channels',
    forExpress.push(({ params }) => channelsOf(String(params.channels))),
  );
  return [app, (server) => forExpress.acceptUpgrades(server, app)];
}

function koaApp(): [RequestListener, (server: Server) => void] {
  const app = new Koa();
  app.use(forKoa.push(({ path }) => channelsOf(decodeURIComponent(path.slice(1)))));
  return [app.callback(), (server) => forKoa.acceptUpgrades(server, app)];
}

const [listener, accept] = settings.framework === 'express' ? expressApp() : koaApp();
const server = createServer(listener);
accept(server);

/** The result of a publish: its id, or the code of its failure. */
export type Published = { readonly id: string } | { readonly code: string };

export const handlers = {
  port: () =>
    new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
    }),
  async publish({ channel, data, key }: { channel: string; data: unknown; key?: string }): Promise<Published> {
    try {
      return { id: await hub.channel(channel).publish(data, key === undefined ? {} : { idempotencyKey: key }) };
    } catch (error) {
      const { code } = error as PushwireError;
      if (code === undefined) throw error;
      return { code };
    }
  },
  /** Ends as a process does that is restarted. */
  shutDown: () => hub.close(),
  end: (channel: string) => hub.channel(channel).end(),
  unexpected: () => unexpected,
};

answerCalls(handlers);
