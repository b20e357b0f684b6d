import { setTimeout as pause } from 'node:timers/promises';
import { fail } from '../../kit/history';
import type { Random } from '../../kit/random';
import type { Fault, FaultKind } from '../redis/harm';
import { type Chronicle, noteOf, placeOf } from './chronicle';
import type { Members } from './members';
import type { StateNode } from './node-process';
import { type RoomCensus, rooms, type StateValue, states } from './words';
import type { Writers } from './writers';

/** Milliseconds in which all nodes must reach Redis again. */
const wholeTime = 30_000;

/** Milliseconds after an outage of Redis in which nobody is taken for dead. */
export const patience = 6000;

/** Faults after which all nodes are patient, and those after which the node is that they hit. */
const outages: readonly FaultKind[] = [
  'restart with data',
  'restart without data',
  'pause',
  'writes refused',
  'failover to a lagging replica',
  'split brain',
  'master killed',
];
const cuts: readonly FaultKind[] = [
  'cut',
  'black hole',
  'answers swallowed',
  'node killed',
  'node shut down',
  'node paused',
];

/** Milliseconds that a lease may be exceeded by, since this machine has few cores. */
const slack = 1500;

/** Milliseconds until a node notices that it hears nothing: three times its longest timeout. */
const deafness = 7500;

/** Milliseconds for which everything is watched after it is right. */
const watchTime = 800;

/** A client, whatever it follows by. */
export interface Watcher {
  readonly name: string;
  readonly chronicle: Chronicle;
  readonly shown: ReadonlyMap<string, string>;
  readonly failure: Error | undefined;
  toString(): string;
}

/** Everything that comes to rest. */
export interface Stillness {
  readonly nodes: readonly StateNode[];
  readonly chronicles: ReadonlyMap<string, Chronicle>;
  readonly watchers: () => readonly Watcher[];
  readonly members: Members;
  readonly writers: Writers;
  readonly faults: readonly Fault[];
  readonly lease: number;
  readonly random: Random;
}

/** What was measured, in ms. */
export interface Calm {
  readonly ghosts: number | undefined;
  readonly settled: number;
}

/** Settles when every node reads from Redis. */
export async function untilWhole(nodes: readonly StateNode[]): Promise<void> {
  const reads = (node: StateNode) => async (state: string) => 'value' in (await node.ask('entries', state));
  const readsAll = async (node: StateNode) => (await Promise.all(Object.keys(states).map(reads(node)))).every(Boolean);
  for (const end = Date.now() + wholeTime; ; await pause(50)) {
    if ((await Promise.all(nodes.map(readsAll))).every(Boolean)) return;
    if (Date.now() > end) fail(`a node has not come back to Redis after ${wholeTime} ms`);
  }
}

/**
 * Everything is whole, and nobody writes. In a limited time, the nodes and the clients agree.
 *
 * @param dead a node that has just been killed.
 * @throws {Error} if they do not.
 */
export async function comeToRest(still: Stillness, dead: StateNode | undefined): Promise<Calm> {
  const began = Date.now();
  const living = still.nodes.filter((node) => node !== dead);
  const { faults, lease, random, members } = still;
  const isRecent = (fault: Fault) => fault.to > began - patience - lease;
  const isCutOff = (node: StateNode) =>
    faults.some((one) => isRecent(one) && one.node === node && cuts.includes(one.kind));
  const wasAway = living.every(isCutOff) || faults.some((one) => isRecent(one) && outages.includes(one.kind));
  const stalled = () =>
    faults.reduce(
      (sum, { kind, from, to }) => (kind === 'stall' && to > began ? sum + to - Math.max(from, began) : sum),
      0,
    );
  const leaseEnd = () => began + lease + slack + (wasAway ? patience : 0) + stalled();
  for (const name of ['plain', 'forgetful']) {
    const winners = await still.writers.contest(name, 'k1', random, living);
    if (winners !== 1) fail(`${winners} writers have won ${name} while all was whole`);
  }
  await members.updateOne(living);
  let ghosts: number | undefined;
  for (const room of Object.keys(rooms)) {
    for (;;) {
      const wrong = await wrongMembers(still, living, room);
      if (wrong === undefined) break;
      if (process.env.SHOW)
        console.error(
          `${Date.now() - began} of ${lease} ms${wasAway ? ' after an outage' : ''}, ${stalled()} stalled: ${wrong}`,
        );
      if (Date.now() > leaseEnd()) fail(`${Date.now() - began} ms after the last fault, ${wrong}`);
      await pause(30);
    }
    if (dead && !wasAway) ghosts = Math.max(ghosts ?? 0, Date.now() - began - lease - stalled());
  }
  const end = () => leaseEnd() + deafness;
  for (;;) {
    const wrong = await disagreement(still, living);
    if (wrong === undefined) break;
    if (Date.now() > end()) fail(`${Date.now() - began} ms after the last fault, ${wrong}`);
    await pause(50);
  }
  const settled = Date.now() - began;
  for (const until = Date.now() + watchTime; Date.now() < until; await pause(100)) {
    const wrong = await disagreement(still, living);
    if (wrong !== undefined) fail(`after it had come to rest, ${wrong}`);
  }
  await nameAll(still, living);
  return { ghosts, settled };
}

async function disagreement(still: Stillness, living: readonly StateNode[]): Promise<string | undefined> {
  for (const room of Object.keys(rooms)) {
    const wrong = await wrongMembers(still, living, room);
    if (wrong !== undefined) return wrong;
  }
  for (const state of Object.keys(states)) {
    const wrong = await wrongState(still, living, state);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

async function wrongMembers(
  { members, watchers, chronicles }: Stillness,
  living: readonly StateNode[],
  room: string,
): Promise<string | undefined> {
  const present = members.present(room);
  const isNamed = rooms[room]?.names !== false;
  let all: RoomCensus['members'] = [];
  for (const node of living) {
    const reply = await node.ask('census', room);
    if (!('value' in reply)) return `${node.name} cannot say who is in ${room}: ${reply.code}`;
    const { members: found, count } = reply.value;
    const words = `${node.name} has ${JSON.stringify(found)} and ${count} in ${room}, where ${JSON.stringify([...present])} are`;
    if (count !== present.size) return words;
    if (!isNamed) continue;
    if (found.length !== count) return words;
    if (found.some(({ id, data }) => !present.has(id) || (present.get(id) ?? data.w) !== data.w)) return words;
    all = found;
  }
  const shown = new Map(isNamed ? all.map(({ id, data }) => [id, noteOf(data)]) : []);
  if (!isNamed && present.size > 0) shown.set('count', noteOf(present.size));
  return differing(watchers(), chronicles.get(room) as Chronicle, shown);
}

async function wrongState(
  { watchers, chronicles }: Stillness,
  living: readonly StateNode[],
  state: string,
): Promise<string | undefined> {
  let values: readonly StateValue[] = [];
  for (const [i, node] of living.entries()) {
    const reply = await node.ask('entries', state);
    if (!('value' in reply)) return `${node.name} cannot read ${state}: ${reply.code}`;
    if (i > 0 && JSON.stringify(reply.value) !== JSON.stringify(values)) return `two nodes differ in ${state}`;
    values = reply.value;
  }
  if (states[state]?.age !== undefined && values.length > 0) return `${values.length} values of ${state} are too old`;
  const shown = new Map(values.map(({ key, value }) => [key, noteOf(value)]));
  return differing(watchers(), chronicles.get(state) as Chronicle, shown);
}

function differing(
  watchers: readonly Watcher[],
  chronicle: Chronicle,
  wanted: ReadonlyMap<string, string>,
): string | undefined {
  for (const { name, failure } of watchers)
    if (failure) throw new Error(`${name}: ${failure.message}`, { cause: failure });
  const text = (map: ReadonlyMap<string, string>) => JSON.stringify([...map].sort());
  const wrong = watchers.find((one) => one.chronicle === chronicle && text(one.shown) !== text(wanted));
  if (wrong === undefined) return undefined;
  return `${wrong} shows ${text(wrong.shown)} of ${chronicle.name}, which has ${text(wanted)}`;
}

/** Takes note of all that is in the states, and that it is fresh. */
async function nameAll({ chronicles, writers }: Stillness, [node]: readonly StateNode[]): Promise<void> {
  for (const state of Object.keys(states)) {
    const chronicle = chronicles.get(state) as Chronicle;
    const from = Date.now();
    const reply = await (node as StateNode).ask('entries', state);
    if (!('value' in reply)) fail(`${state} cannot be read: ${reply.code}`);
    const read = { chronicle, from, to: Date.now() };
    const found = new Map(reply.value.map(({ key, value }) => [key, noteOf(value)]));
    for (const { key, id, value } of reply.value) {
      const place = placeOf(id);
      if (place === undefined) fail(`${key} of ${state} has the id ${id}`);
      chronicle.names(place, key, noteOf(value));
    }
    for (const key of writers.keys) writers.reads.push({ ...read, key, note: found.get(key) });
  }
}
