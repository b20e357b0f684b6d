import fc from 'fast-check';
import type { Backplane } from '../../src/backplanes/backplane';
import { defaultPresenceLimits } from '../../src/backplanes/presence-limits';
import type { PresenceHeld, PresenceHold } from '../../src/backplanes/presence-store';
import { PushwireError } from '../../src/checks/errors';
import type { Message } from '../../src/log/message';
import { valueMessage } from '../../src/log/state-message';
import { Presences } from '../../src/presence/presences';
import { FakeClock } from '../../src/testing';

// Processes that share a presence, with a store that fails, forgets and answers late: in the end
// everybody is there for whom there is room, nobody else is, and each update was answered.

type Fate = 'answers' | 'answers late' | 'fails' | 'fails after it has done it';

/** A store of several processes. */
class SharedStore {
  readonly members = new Map<string, Message>();
  readonly holds = new Map<string, Set<string>>();
  readonly fates: Fate[] = [];
  calls = 0;
  /** The processes that were not told yet that nothing was known of them. */
  readonly #unaware = new Set<string>();

  constructor(
    readonly clock: FakeClock,
    readonly most: number,
  ) {}

  async hold(_log: string, hold: PresenceHold): Promise<PresenceHeld> {
    this.calls++;
    expect(hold.joins.length + hold.leaves.length + hold.updates.length).toBeLessThanOrEqual(500);
    const fate = this.fates.shift() ?? 'answers';
    if (fate === 'fails') throw new PushwireError('backplane-unavailable', 'away');
    const held = this.#do(hold);
    if (fate === 'answers late') await new Promise<void>((resolve) => this.clock.after(300, resolve));
    if (fate.startsWith('fails')) throw new PushwireError('backplane-unconfirmed', 'late');
    this.#unaware.delete(hold.holder);
    return held;
  }

  forget(): void {
    this.members.clear();
    this.holds.clear();
  }

  /** A process is taken for dead. */
  bury(holder: string): void {
    const lost = this.holds.get(holder) ?? [];
    this.holds.delete(holder);
    for (const id of lost) this.#removeIfAlone(id);
  }

  #do({ holder, joins, leaves, updates }: PresenceHold): PresenceHeld {
    if (!this.holds.has(holder)) this.#unaware.add(holder);
    const own = this.holds.get(holder) ?? new Set();
    this.holds.set(holder, own);
    for (const id of leaves) if (own.delete(id)) this.#removeIfAlone(id);
    const unknown = updates.map(({ key }) => key as string).filter((id) => !this.members.has(id));
    for (const message of updates) if (this.members.has(message.key as string)) this.#set(message);
    const refused: string[] = [];
    for (const { message, says } of joins) {
      const id = message.key as string;
      if (!this.members.has(id) && this.members.size >= this.most) refused.push(id);
      else {
        own.add(id);
        if (says !== 'again' || !this.members.has(id)) this.#set(message);
      }
    }
    return { isNew: this.#unaware.has(holder), refused, unknown, room: this.most - this.members.size, news: [] };
  }

  #set(message: Message): void {
    this.members.set(message.key as string, message);
  }

  #removeIfAlone(id: string): void {
    if (![...this.holds.values()].some((ids) => ids.has(id))) this.members.delete(id);
  }
}

type Step =
  | { do: 'join' | 'update'; process: number; id: number }
  | { do: 'leave'; process: number }
  | { do: 'fate'; fate: Fate; calls: number }
  | { do: 'bury'; process: number }
  | { do: 'forget' }
  | { do: 'wait'; ms: number };

const process = fc.nat(2);
const fate = fc.constantFrom<Fate>('answers', 'answers late', 'fails', 'fails after it has done it');
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('join' as const, 'update'), process, id: fc.nat(5) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('leave' as const), process }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('fate' as const), fate, calls: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('bury' as const), process }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forget' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(0, 40, 400, 3000) }) },
);

const log = 'pushwire:presence:room';

async function run(most: number, every: number, steps: readonly Step[]): Promise<void> {
  const clock = new FakeClock();
  const store = new SharedStore(clock, most);
  const limits = { ...defaultPresenceLimits, members: most, every, grace: 50 };
  const processes = [0, 1, 2].map(() => {
    const host = {
      backplane: { states: store } as unknown as Backplane,
      isClosed: false,
      clock,
      observer: { failed() {} },
    };
    return { presences: new Presences(host, () => limits), connections: [] as { id: string; leave(): void }[] };
  });
  const pass = async (ms: number) => {
    for (let rest = ms; rest >= 0; rest -= 20) {
      clock.advance(Math.min(20, rest));
      clock.turn();
      for (let n = 0; n < 12; n++) await undefined;
    }
  };
  const said = new Set<string>();
  let data = 0;
  let answered = 0;
  let asked = 0;
  /** The last data of a member, where one process alone has said anything of it. */
  const newest = new Map<string, { readonly process: number; data: number | undefined }>();
  const message = (id: string, process: number, isThere: boolean) => {
    said.add(`${id} ${++data}`);
    const known = newest.get(id) ?? { process, data };
    // Nobody knows whether the member was there a moment longer.
    known.data = isThere && known.process === process ? data : undefined;
    newest.set(id, known.process === process ? known : { process: -1, data: undefined });
    return valueMessage(id, data);
  };

  for (const next of steps) {
    const one = 'process' in next ? processes[next.process] : undefined;
    if (next.do === 'wait') await pass(next.ms);
    else if (next.do === 'fate') store.fates.push(...Array<Fate>(next.calls).fill(next.fate));
    else if (next.do === 'forget') store.forget();
    else if (next.do === 'bury') {
      const holder = [...store.holds.keys()][next.process];
      if (holder !== undefined) store.bury(holder);
    } else if (next.do === 'leave') one?.connections.shift()?.leave();
    else if (next.do === 'join') {
      const id = `m${next.id}`;
      if (one) one.connections.push({ id, leave: one.presences.join(log, message(id, next.process, true)) });
    } else if (one) {
      asked++;
      const id = `m${next.id}`;
      const isThere = one.connections.some((connection) => connection.id === id);
      const count = () => void answered++;
      one.presences.update(log, message(id, next.process, isThere)).then(count, count);
    }
  }
  store.fates.length = 0;
  await pass(30_000);
  const wanted = new Set(processes.flatMap(({ connections }) => connections.map(({ id }) => id)));
  expect([...store.members.keys()].filter((id) => !wanted.has(id))).toEqual([]);
  expect(store.members.size).toBe(Math.min(most, wanted.size));
  for (const [id, { body }] of store.members) {
    expect(said).toContain(`${id} ${body}`);
    const wantedBody = newest.get(id)?.data ?? body;
    expect([id, `${body}`]).toEqual([id, `${wantedBody}`]);
  }
  expect(answered).toBe(asked);
  // Then there is nothing to say but that they are alive: once in 2.25 s for each process.
  store.calls = 0;
  await pass(9000);
  expect(store.calls).toBeLessThanOrEqual(3 * 4);
}

test('everybody is there for whom there is room, whatever happens', async () => {
  const anything = fc.asyncProperty(
    fc.constantFrom(2, 4, 100),
    fc.constantFrom(0, 100),
    fc.array(step, { maxLength: 40, size: 'max' }),
    run,
  );
  await fc.assert(anything, { numRuns: 150 });
});
