import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Hub, servePush } from '@pushwire/core';
import { openStream, type StreamClient } from '../kit/stream-client';

function sourceOf(hub: Hub, { url = '/' }: IncomingMessage) {
  const { searchParams: query } = new URL(url, 'http://host');
  const [state, presence] = [query.get('state'), query.get('presence')];
  if (presence !== null) return hub.presence(presence);
  return state === null ? query.getAll('channel').map((name) => hub.channel(name)) : hub.state(state);
}

/** An HTTP server for the channels of a hub, and for its states and presences. */
export class HubServer {
  private constructor(
    readonly hub: Hub,
    readonly server: Server,
  ) {}

  static async start(hub: Hub): Promise<HubServer> {
    const serve = servePush<IncomingMessage>((request) => sourceOf(hub, request));
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

  /** Connects a client to some channels and waits for its first event or a refusal. */
  async connect(channels: readonly string[], cursor?: string): Promise<StreamClient> {
    const query = new URLSearchParams(channels.map((name): [string, string] => ['channel', name]));
    if (cursor !== undefined) query.set('cursor', cursor);
    const client = await openStream(`${this.url}?${query}`, false);
    if (client.status === 200) await client.until(({ events }) => events().length > 0);
    return client;
  }

  /** True when it accepts clients, for which both commands and Pub/Sub must reach Redis. */
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

/** True when a hub reaches its backplane. */
export function answers(hub: Hub): Promise<boolean> {
  const asked = hub.channel('ping').reportedConnections();
  return asked.then(
    () => true,
    () => false,
  );
}

/** A logger for tests with intended failures. */
export const quiet = { debug() {}, info() {}, error() {} };
