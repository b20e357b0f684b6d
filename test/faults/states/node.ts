import type { AddressInfo } from 'node:net';
import { createHub, type PushwireError } from '@pushwire/core';
import { type RedisBackplaneOptions, redisBackplane } from '@pushwire/redis';
import { answerCalls } from '../../kit/child';
import type { Reply } from '../redis/faulty-node';
import { redisClient } from '../redis/redis-client';
import { watchStalls } from '../redis/stalls';
import { serverOf } from './node-server';
import { type MemberCall, type MemberData, type RoomCensus, rooms, type StateCall, states, type Value } from './words';

// A node writes to states, has members of presences, and serves both.

/** The settings that a node gets on its command line. */
export interface NodeSettings {
  readonly framework: 'express' | 'koa';
  readonly client: 'redis' | 'ioredis';
  readonly redisPort: number;
  /** The ports of a cluster, which the node uses in the place of the one server. */
  readonly clusterPorts?: readonly number[];
  readonly lease: number;
  readonly grace: number;
  readonly backplane: Omit<RedisBackplaneOptions, 'client'>;
}

const settings: NodeSettings = JSON.parse(process.argv[2] as string);

/** The backplane reports failures of Redis and of its connections with this message. */
const redisFailure = 'Redis cannot be reached, or commands fail';
/** A node that starts while Redis is made to evict everything says so. */
const evicting = /^Redis evicts messages/;
const expected = /^(backplane|hub)-/;
/** Commands to disconnect clients that were lost with the messages of a channel. */
const lostCommands = /^clients may not have been disconnected/;

/** Failures that no fault explains. */
const unexpected: string[] = [];

function failed({ err }: { err?: unknown }, message: string): void {
  const { code, stack } = (err ?? {}) as { code?: string; stack?: string };
  if (lostCommands.test(message) || evicting.test(message) || (message === redisFailure && !(err instanceof TypeError)))
    return;
  if (!expected.test(code ?? '')) unexpected.push(`${message}: ${stack ?? err}`);
}

const { lease, grace } = settings;
const hub = createHub({
  logger: { debug() {}, info() {}, error: failed },
  retry: 500,
  // Slow clients soon skip values.
  highWaterMark: 16_384,
  state: (name) => states[name] ?? {},
  presence: (name) => ({ lease, grace, ...rooms[name] }),
  backplane: redisBackplane({ client: redisClient(settings), ...settings.backplane }),
});

process.on('unhandledRejection', (error) => unexpected.push(`unhandled: ${(error as Error)?.stack ?? error}`));
watchStalls((stall) => process.send?.(stall));

async function settled<T>(act: () => T | Promise<T>): Promise<Reply<T>> {
  try {
    return { value: await act() };
  } catch (error) {
    const { code, cause } = error as PushwireError;
    if (code === undefined) throw error;
    return { code, cause: String(cause) };
  }
}

function change(call: StateCall): Promise<string> {
  const state = hub.state<Value>(call.state);
  if (call.what === 'clear') return state.clear();
  if (call.what === 'delete') return state.delete(call.key);
  if (call.what === 'patch') return state.patch(call.key, call.value as Value);
  return state.set(call.key, call.value, call.ifId === undefined ? {} : { ifId: call.ifId });
}

/** Members by hand, by the numbers of their data. */
const leaves = new Map<number, () => void>();

async function census(name: string): Promise<RoomCensus> {
  const room = hub.presence<MemberData>(name);
  return { members: await room.members(), count: await room.count() };
}

const server = serverOf(settings.framework, hub);

export const handlers = {
  port: () =>
    new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
    }),
  change: (call: StateCall) => settled(() => change(call)),
  get: ({ state, key }: { state: string; key: string }) =>
    settled(async () => (await hub.state<Value>(state).get(key)) ?? null),
  entries: (state: string) => settled(() => hub.state<Value>(state).entries()),
  join: ({ room, id, data }: MemberCall) =>
    settled(() => {
      leaves.set(data.w, hub.presence(room).join(id, data));
      return true;
    }),
  leave: (w: number) =>
    settled(() => {
      leaves.get(w)?.();
      return leaves.delete(w);
    }),
  update: ({ room, id, data }: MemberCall) => settled(() => hub.presence(room).update(id, data)),
  census: (room: string) => settled(() => census(room)),
  shutDown: () => hub.close(),
  unexpected: () => unexpected,
};

answerCalls(handlers);
