import { Redis } from 'ioredis';
import { createClient } from 'redis';

/** The packages by which servers talk to Redis. */
export type Library = 'redis' | 'ioredis';

const where = (port: string) => `redis://127.0.0.1:${port}`;
const nodeRedis = (port: string) => createClient({ url: where(port) });

/** Makes a client of one of the packages, not yet connected. */
export const newClient = (library: Library, port: string) =>
  library === 'ioredis' ? new Redis(where(port), { lazyConnect: true }) : nodeRedis(port);

/** The things that servers without our library do with Redis, in the usual way of each package. */
export interface PlainClient {
  publish(channel: string, text: string): Promise<unknown>;
  /** Appends to a stream of about 1000 entries and publishes. Both are sent together. */
  appendAndPublish(stream: string, channel: string, text: string): Promise<unknown>;
  subscribe(channel: string, listener: (text: string) => void): Promise<unknown>;
}

export async function plainClient(library: Library, port: string): Promise<PlainClient> {
  return library === 'ioredis' ? plainIoRedis(port) : plainNodeRedis(port);
}

async function plainIoRedis(port: string): Promise<PlainClient> {
  const [client, subscriber] = [new Redis(where(port)), new Redis(where(port))];
  return {
    publish: (channel, text) => client.publish(channel, text),
    appendAndPublish: (stream, channel, text) =>
      client.pipeline().xadd(stream, 'MAXLEN', '~', 1000, '*', 'm', text).publish(channel, text).exec(),
    subscribe: (channel, listener) => {
      subscriber.on('message', (_, text) => listener(text));
      return subscriber.subscribe(channel);
    },
  };
}

async function plainNodeRedis(port: string): Promise<PlainClient> {
  const [client, subscriber] = await Promise.all([nodeRedis(port).connect(), nodeRedis(port).connect()]);
  const TRIM = { strategy: 'MAXLEN', strategyModifier: '~', threshold: 1000 } as const;
  return {
    publish: (channel, text) => client.publish(channel, text),
    appendAndPublish: (stream, channel, text) =>
      client.multi().xAdd(stream, '*', { m: text }, { TRIM }).publish(channel, text).execAsPipeline(),
    subscribe: (channel, listener) => subscriber.subscribe(channel, listener),
  };
}
