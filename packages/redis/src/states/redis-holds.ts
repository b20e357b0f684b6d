import { createHash } from 'node:crypto';
import {
  type Clock,
  longestBackOff,
  type Message,
  type Position,
  type PresenceHeld,
  type PresenceHold,
  type PresenceJoin,
} from '@pushwire/core/backplanes';
import { positionArguments, type ReadFrom } from '../channels/fresh-page';
import type { LogPage } from '../channels/log-page';
import { decodeMessage, encodeMessage } from '../channels/message-text';
import type { Budget } from '../connection/commands';
import { refusedToWrite } from '../connection/failures';
import { countMembers, hold as holdScript, sweepHolds } from '../scripts/hold';
import type { Script } from '../scripts/script';
import { parseCount, parseHeld, parseSwept } from './hold-replies';
import { Looks } from './looks';

/**
 * Milliseconds after an outage of Redis in which this process takes no other for dead: the others
 * come back too, and say that they are alive once a second until Redis hears it.
 */
export const patience = longestBackOff + 1000;

/** The parts of the states in Redis that presences use. */
export interface RedisHoldsHost {
  readonly clock: Clock;
  /** Runs a script that writes to a state, with these arguments after those of all of them. */
  run(script: Script, log: string, args: readonly string[], budget: Budget, size?: number): Promise<unknown>;
  /** Runs a script that reads a state. */
  read(script: Script, log: string): Promise<unknown>;
  /** Tells those who subscribe where the slot of a log was. */
  announce(log: string, position: Position): void;
  /** Reports a failure of something that no caller waits for. */
  failed(error: unknown): void;
}

/** The hold of a process on a presence, as far as the process knows. */
interface OwnHold {
  /** The call that began it. 0 for none. */
  begun: string;
  /** The last call that Redis has confirmed. */
  confirmed: number;
  /** The time at which its lease is over. */
  till: number;
  /** Settles when the last call is done. */
  last: Promise<unknown>;
  /** How it learns what others have changed. */
  readonly looks: Looks;
}

/** The members of presences in Redis. */
export class RedisHolds {
  readonly #host: RedisHoldsHost;
  /** The holds of this process. The one that was used the longest ago comes first. */
  readonly #own = new Map<string, OwnHold>();
  #calls = 0;
  #isAway = false;
  #patientUntil = 0;

  constructor(host: RedisHoldsHost) {
    this.#host = host;
  }

  /** One call comes after the other, so that each knows what the one before it has done. */
  hold(log: string, hold: PresenceHold, mostMembers: number): Promise<PresenceHeld> {
    const own = this.#ownOf(log, hold);
    const call = own.last.then(() => this.#call(log, hold, mostMembers, own));
    own.last = call.catch(() => {});
    return call;
  }

  /**
   * Takes away the members of processes that are dead, and keeps the presence alive.
   *
   * @param reader the place up to which somebody has read. A server with less has lost something.
   */
  async sweep(log: string, reader?: ReadFrom): Promise<void> {
    let hasMore = true;
    while (hasMore) {
      const args = [...positionArguments(reader), this.#maySweep];
      const swept = parseSwept(await this.#host.run(sweepHolds, log, args, 'follow'));
      if (!swept.isHeard) this.#host.announce(log, swept.position);
      hasMore = swept.hasMore;
    }
  }

  /** Reads something of a presence that has no members of dead processes. */
  async withoutDead<Read extends Pick<LogPage, 'lease'>>(log: string, read: () => Promise<Read>): Promise<Read> {
    const found = await read();
    if (found.lease !== 0) return found;
    try {
      await this.sweep(log);
    } catch (error) {
      if (!refusedToWrite(error)) throw error;
      // Where nothing can be written, no process can say that it is alive.
      this.#host.failed(error);
      return found;
    }
    return read();
  }

  async count(log: string): Promise<number> {
    const read = async () => parseCount(await this.#host.read(countMembers, log));
    return (await this.withoutDead(log, read)).count;
  }

  /** The connection to Redis is lost. */
  pause(): void {
    this.#isAway = true;
  }

  /** There is a connection to Redis. */
  resume(): void {
    if (this.#isAway) this.#patientUntil = this.#host.clock.now() + patience;
    this.#isAway = false;
  }

  async #call(log: string, hold: PresenceHold, mostMembers: number, own: OwnHold): Promise<PresenceHeld> {
    const { holder, lease, joins, leaves, updates, isCount } = hold;
    const call = ++this.#calls;
    const args = [holder, String(lease), String(call), own.begun, String(own.confirmed), isCount ? '1' : ''];
    const look = own.looks.next(this.#host.clock.now(), lease);
    args.push(String(mostMembers), this.#maySweep, String(leaves.length), String(updates.length), ...look, ...leaves);
    for (const message of updates) args.push(...memberArguments(message));
    for (const join of joins) args.push(...joinArguments(join));
    const bytes = args.reduce((sum, { length }) => sum + length, 0);
    const held = parseHeld(await this.#host.run(holdScript, log, args, 'publish', bytes));
    own.begun = held.begun;
    own.confirmed = call;
    if (!held.isHeard) this.#host.announce(log, held.position);
    if (held.hasMore) this.sweep(log).catch((error) => this.#host.failed(error));
    own.looks.looked(held.nextLook, held.position);
    return { ...held, news: held.news.map(decodeMessage) };
  }

  #ownOf(log: string, { holder, lease }: PresenceHold): OwnHold {
    const now = this.#host.clock.now();
    const name = `${holder} ${log}`;
    const own = this.#own.get(name) ?? {
      begun: '0',
      confirmed: 0,
      till: 0,
      last: Promise.resolve(),
      looks: new Looks(),
    };
    own.till = now + lease;
    this.#own.delete(name);
    this.#own.set(name, own);
    for (const [other, { till }] of this.#own) {
      if (till > now) break;
      this.#own.delete(other);
    }
    return own;
  }

  get #maySweep(): string {
    return this.#host.clock.now() >= this.#patientUntil ? '1' : '';
  }
}

const memberArguments = (message: Message) => [message.key as string, encodeMessage(message), String(message.size)];

function joinArguments({ message, joined, says }: PresenceJoin): string[] {
  const isOther = message.body !== joined.body;
  const digest = isOther ? createHash('sha1').update(encodeMessage(joined)).digest('hex') : '';
  return [...memberArguments(message), says, digest];
}
