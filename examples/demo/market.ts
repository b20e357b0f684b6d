import { setTimeout as pause } from 'node:timers/promises';
import { type Hub, PushwireError, type State, type StateLimits } from '@pushwire/core';
import type { NodeIdentity } from './node-identity';
import { priceCount, Walk } from './walk';

/** Milliseconds between two steps: 30 a second. */
const pace = 33;

/** Milliseconds without a step after which another node goes on, and between looks for that. */
const patience = 1500;
const rest = 500;

/** The key of the market's clock, beside those of the prices: their indexes. */
export const clockKey = 'clock';

export const priceLimits: Partial<StateLimits> = { keys: priceCount + 1, valueBytes: 256 };

/** The value of the clock, which is set in each step. */
export interface MarketClock {
  /** The node that sets the prices. */
  readonly node: string;
  /** The server's time of the step, in ms since 1970. */
  readonly time: number;
  /** Values that were set in the last full second. */
  readonly perSecond: number;
}

/**
 * Prices that change while somebody looks. Of several nodes, one sets them: whoever has moved the
 * clock last, and nobody can move it who has not seen its last move.
 */
export class Market {
  readonly prices: State<number | MarketClock>;
  readonly #walk = new Walk();
  readonly #node: () => NodeIdentity;
  #watchers = 0;
  #isRunning = false;

  constructor(hub: Hub, node: () => NodeIdentity) {
    this.prices = hub.state('prices');
    this.#node = node;
  }

  /** Counts somebody who looks until the promise settles. */
  watch(closed: Promise<unknown>): void {
    this.#watchers++;
    closed.then(() => this.#watchers--);
    if (!this.#isRunning) this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#watchers > 0) {
      try {
        await this.#lead();
      } catch (error) {
        // Another node was faster, Redis is down, of which the hub tells, or the hub is closed.
        if (!(error instanceof PushwireError)) throw error;
        if (error.code === 'hub-closed') break;
      }
      await pause(rest);
    }
    this.#isRunning = false;
  }

  /** Sets prices while somebody looks, unless another node does. */
  async #lead(): Promise<void> {
    const clock = await this.prices.get(clockKey);
    const { node = '', time = 0 } = (clock?.value ?? {}) as Partial<MarketClock>;
    const me = this.#node().name;
    if (node !== me && Math.abs(Date.now() - time) < patience) return;
    let id = clock?.id ?? null;
    const counter = new Counter();
    const set = async (prices: Iterable<readonly [number, number]>, now: number) => {
      const changed = [...prices];
      counter.add(changed.length + 1, now);
      const value = { node: me, time: now, perSecond: counter.perSecond };
      const written = [
        ...changed.map(([index, price]) => this.prices.set(String(index), price)),
        this.prices.set(clockKey, value, { ifId: id }),
      ];
      id = (await Promise.all(written)).at(-1) as string;
    };
    const left = (await this.prices.entries()).filter(({ key }) => key !== clockKey);
    this.#walk.resume(left.map(({ key, value }) => [Number(key), value as number]));
    if (left.length < priceCount) await set(this.#walk.all.entries(), Date.now());
    while (this.#watchers > 0) {
      const [now, began] = [Date.now(), performance.now()];
      await set(this.#walk.step(now), now);
      const took = performance.now() - began;
      // A machine that is too slow for this pace keeps time for the clients.
      await pause(Math.max(Math.min(took, rest), pace - took));
    }
  }
}

/** Counts what happens in a second. */
class Counter {
  perSecond = 0;
  #count = 0;
  #second = 0;

  add(count: number, now: number): void {
    const second = Math.floor(now / 1000);
    if (second !== this.#second) {
      this.perSecond = this.#count;
      this.#count = 0;
      this.#second = second;
    }
    this.#count += count;
  }
}
