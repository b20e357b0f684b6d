import type { Message } from '@pushwire/core';
import {
  type Backplane,
  type BackplaneFactory,
  defaultStateLimits,
  type Followed,
  type Position,
  type StateLimits,
  StateLog,
  type StateStore,
  type StateWritten,
} from '@pushwire/core/backplanes';
import { deletionMessage, valueMessage } from '../../packages/core/src/log/state-message';
import { systemClock } from '../../packages/core/src/time/clock';

export type WithStates = Backplane & { readonly states: StateStore };

/** The limits of the states of tests, by the names of their logs. Others have the default ones. */
export const limitsOfTests = new Map<string, Partial<StateLimits>>();

/** The backplane of one process, as a hub has it. */
export function backplaneOf(factory: BackplaneFactory): WithStates {
  const backplane = factory({
    clock: systemClock,
    limits: { logs: 100_000, logBytes: 128 * 1024 * 1024, runs: 10_000 },
    stateLimitsOf: (log) => ({ ...defaultStateLimits, ...limitsOfTests.get(log) }),
    limitsOf: () => ({ count: 1000, bytes: Number.POSITIVE_INFINITY, age: Number.POSITIVE_INFINITY }),
    connectionsTo: () => 0,
    report() {},
  });
  if (backplane.states === undefined) throw new Error('the backplane has no states');
  return backplane as WithStates;
}

/** The state of one name, as one process writes it. */
export class Writer {
  constructor(
    readonly store: StateStore,
    readonly log: string,
  ) {}

  async set(key: string, value: unknown, ifAt?: Position | 'absent'): Promise<StateWritten> {
    return this.#write(valueMessage(key, value), ifAt);
  }

  async delete(key: string, ifAt?: Position | 'absent'): Promise<StateWritten> {
    return this.#write(deletionMessage(key), ifAt);
  }

  /** The values with their offsets, in the order of their changes. */
  async read(key?: string): Promise<string[]> {
    const { entries } = await this.store.read(this.log, key);
    return entries.map(({ offset, message }) => `${offset} ${inWords(message)}`);
  }

  async #write(message: Message, ifAt: Position | 'absent' | undefined): Promise<StateWritten> {
    return this.store.write(this.log, { message, ifAt });
  }
}

const inWords = ({ key, body, isDeletion }: Message) => `${key}${isDeletion ? ' deleted' : `=${body}`}`;

export function positionOf(written: StateWritten): Position {
  if (!('position' in written)) throw new Error(`the write was not done: ${JSON.stringify(written)}`);
  return written.position;
}

/** What a process has of a state that it follows, and what a client of it would show. */
export class Follower {
  readonly shown = new Map<string, string>();
  /** The gaps that the client was told of. */
  readonly gaps: string[] = [];
  #place: Position | undefined;
  #followed: Followed | undefined;

  /** @param onTurn gets the head of the log in each turn in which it may have changed. */
  static async of(
    backplane: Backplane,
    log: string,
    onTurn = (_head: number): unknown => undefined,
  ): Promise<Follower> {
    const follower = new Follower();
    let isDue = false;
    const read = () => {
      isDue = false;
      onTurn(follower.log.head);
      follower.#read();
    };
    follower.#followed = await backplane.follow(log, () => {
      if (!isDue) setImmediate(read);
      isDue = true;
    });
    follower.#read();
    return follower;
  }

  get followed(): Followed {
    if (this.#followed === undefined) throw new Error('not followed yet');
    return this.#followed;
  }

  get log(): StateLog {
    const { log } = this.followed;
    if (!(log instanceof StateLog)) throw new Error('no log of a state');
    return log;
  }

  /** All messages that are kept, with the deletions. */
  get kept(): string[] {
    const { epoch } = this.log;
    const { entries } = this.log.read({ epoch, offset: this.log.floor });
    return entries.map(({ offset, message }) => `${offset} ${inWords(message)}`);
  }

  get values(): Record<string, unknown> {
    return Object.fromEntries([...this.shown].map(([key, json]) => [key, JSON.parse(json)]));
  }

  get words(): string {
    return [...this.shown].map(([key, json]) => `${key}=${json}`).join(', ');
  }

  /** Reads on as a client does that gets a snapshot without a place, and after a gap. */
  #read(): void {
    const { log } = this;
    const { gap, entries } = log.read(this.#place ?? { epoch: log.epoch, offset: log.head });
    if (gap) this.gaps.push(gap);
    if (gap || this.#place === undefined) this.shown.clear();
    const changes = gap || this.#place === undefined ? [...log.values()] : entries;
    for (const { message } of changes) {
      if (message.isDeletion) this.shown.delete(message.key as string);
      else {
        this.shown.delete(message.key as string);
        this.shown.set(message.key as string, message.body as string);
      }
    }
    this.#place = { epoch: log.epoch, offset: log.head };
    log.evict(Date.now());
  }
}
