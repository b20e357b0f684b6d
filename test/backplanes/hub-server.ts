import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Hub, servePush } from '@pushwire/core';
import { openStream, type StreamClient } from '../kit/stream-client';

const names = (request: IncomingMessage) => new URL(request.url ?? '/', 'http://host').searchParams.getAll('channel');

/** A server through which clients reach a hub, any of its channels. */
export class HubServer {
  private constructor(
    readonly hub: Hub,
    readonly server: Server,
  ) {}

  static async start(hub: Hub): Promise<HubServer> {
    const serve = servePush<IncomingMessage>((request) => names(request).map((name) => hub.channel(name)));
    const server = createServer((request, response) => {
      serve(request, response, request).catch((error) => response.destroy(error));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return new HubServer(hub, server);
  }

  get url(): string {
    const { port } = this.server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/`;
  }

  /** A client of some channels, once it is told where it stands (or turned away). */
  async connect(channels: readonly string[], cursor?: string): Promise<StreamClient> {
    const query = new URLSearchParams(channels.map((name): [string, string] => ['channel', name]));
    if (cursor !== undefined) query.set('cursor', cursor);
    const client = await openStream(`${this.url}?${query}`, false);
    if (client.status === 200) await client.until(({ events }) => events().length > 0);
    return client;
  }

  /** Whether clients are taken on, which is so when Redis can be asked and be heard of, too. */
  async takesClients(): Promise<boolean> {
    return (await fetch(`${this.url}?channel=ping&transport=poll&cursor=0`)).status === 200;
  }

  publish(channel: string, data: unknown, event?: string): Promise<string> {
    return this.hub.channel(channel).publish(data, event === undefined ? {} : { event });
  }

  async close(): Promise<void> {
    await this.hub.close();
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** Whether what joins a hub with others can be reached. */
export function answers(hub: Hub): Promise<boolean> {
  const asked = hub.channel('ping').connections();
  return asked.then(
    () => true,
    () => false,
  );
}

/** A logger for tests in which things are meant to fail. */
export const quiet = { debug() {}, info() {}, error() {} };
