import type { Random } from '../../kit/random';
import type { Fault } from '../redis/harm';
import { type Chronicle, noteOf } from './chronicle';
import type { Members } from './members';
import type { StateNode } from './node-process';
import { type RoomCensus, rooms, type StateValue, states } from './words';
import type { Writers } from './writers';

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

/** What is said of a node that has not answered in time. */
export const noAnswer = / cannot (say|read) .*: backplane-/;

/** @returns what the nodes and the clients do not agree on. */
export async function disagreement(still: Stillness, living: readonly StateNode[]): Promise<string | undefined> {
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

/** @returns what the nodes say of a room that is wrong, or who shows something else. */
export async function wrongMembers(
  { members, watchers, chronicles }: Stillness,
  living: readonly StateNode[],
  room: string,
  compared = watchers(),
): Promise<string | undefined> {
  const away = members.tabs.find((tab) => !tab.isStopped && tab.on === undefined);
  if (away) return `${away} is not connected`;
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
  return differing(compared, chronicles.get(room) as Chronicle, shown);
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
