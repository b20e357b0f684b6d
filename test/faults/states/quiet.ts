import { setTimeout as pause } from 'node:timers/promises';
import { fail } from '../../kit/history';
import type { Fault, FaultKind } from '../redis/harm';
import { disagreement, noAnswer, type Stillness, wrongMembers } from './agreement';
import { type Chronicle, noteOf, placeOf } from './chronicle';
import type { StateNode } from './node-process';
import { rooms, states } from './words';

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

/** What was measured, in ms. */
export interface Calm {
  readonly ghosts: number | undefined;
  readonly settled: number;
}

/** The ms since a time in which the machine was too busy to run a node or the checker. */
function stalledSince(faults: readonly Fault[], time: number): number {
  return faults.reduce(
    (sum, { kind, from, to }) => sum + (kind === 'stall' ? Math.max(0, to - Math.max(from, time)) : 0),
    0,
  );
}

/** Settles when every node reads from Redis. */
export async function untilWhole(nodes: readonly StateNode[], faults: readonly Fault[]): Promise<void> {
  for (const began = Date.now(); ; await pause(50)) {
    const asked = nodes.flatMap((node) =>
      Object.keys(states).map(async (state) => ({ node, state, reply: await node.ask('entries', state) })),
    );
    const failed = (await Promise.all(asked)).find(({ reply }) => !('value' in reply));
    if (failed === undefined) return;
    const { node, state, reply } = failed;
    const since = `for ${wholeTime} ms: ${JSON.stringify(reply)}`;
    if (Date.now() > began + wholeTime + stalledSince(faults, began))
      fail(`${node.name} has not been able to read ${state} ${since}`);
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
  const stalled = () => stalledSince(faults, began);
  const leaseEnd = () => began + lease + slack + (wasAway ? patience : 0) + stalled();
  for (const name of ['plain', 'forgetful']) {
    const contest = () => still.writers.contest(name, 'k1', random, living);
    let winners = await contest();
    // A connection that a fault has broken may be noticed only now.
    while (winners === undefined && Date.now() < began + deafness + stalled()) winners = await contest();
    if (winners !== 1) fail(`${winners} writers have won ${name} while all was whole`);
  }
  let ghosts: number | undefined;
  for (const room of Object.keys(rooms)) {
    for (;;) {
      const wrong = await wrongMembers(still, living, room, []);
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
  await members.updateOne(living);
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
    // On a busy machine, a call may take too long.
    if (wrong !== undefined && !noAnswer.test(wrong)) fail(`after it had come to rest, ${wrong}`);
  }
  await nameAll(still, living);
  return { ghosts, settled };
}

/** Takes note of all that is in the states, and that it is fresh. */
async function nameAll({ chronicles, writers, faults }: Stillness, [node]: readonly StateNode[]): Promise<void> {
  for (const state of Object.keys(states)) {
    const chronicle = chronicles.get(state) as Chronicle;
    const ask = () => (node as StateNode).ask('entries', state);
    const began = Date.now();
    let [from, reply] = [began, await ask()];
    // On a busy machine, a call may take too long, and then its connection is replaced.
    while (!('value' in reply) && Date.now() < began + deafness + stalledSince(faults, began)) {
      await pause(50);
      [from, reply] = [Date.now(), await ask()];
    }
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
