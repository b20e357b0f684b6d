import { setTimeout as delay } from 'node:timers/promises';
import type { Channel, Hub, InitialContext, InitialMessage, PushOptions } from '@pushwire/core';

/** Milliseconds between two turns of the publisher. */
const turn = 2;

/**
 * The most milliseconds for which a turn makes up. On a machine that is too slow for the rate, readers
 * could not keep up with a publisher that makes up for all.
 */
const longestTurn = 20;

interface Counter {
  readonly channel: Channel;
  number: number;
  /** The last number whose id is known. */
  confirmed: { number: number; id: string | undefined };
}

/** Counters that count up, each in a channel of its own, and the state that a snapshot tells. */
export class Counters {
  readonly #counters: readonly Counter[];
  #count = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    hub: Hub,
    names: readonly string[],
    /** Numbers that are published in a second, if the machine is fast enough. */
    readonly perSecond: number,
  ) {
    this.#counters = names.map((name) => ({
      channel: hub.channel(name),
      number: 0,
      confirmed: { number: 0, id: undefined },
    }));
  }

  get channels(): Channel[] {
    return this.#counters.map(({ channel }) => channel);
  }

  /** The numbers that were published. */
  get published(): number {
    return this.#count;
  }

  start(): this {
    let [before, due] = [performance.now(), 0];
    this.#timer = setInterval(() => {
      const now = performance.now();
      due += (Math.min(now - before, longestTurn) / 1000) * this.perSecond;
      before = now;
      while (this.#count < due) this.#publish();
    }, turn);
    return this;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #publish(): void {
    const counter = this.#counters[this.#count++ % this.#counters.length] as Counter;
    const number = ++counter.number;
    // In this order the state and the log never differ when the turn is over.
    counter.channel.publish({ counter: counter.channel.name, number }).then((id) => {
      counter.confirmed = { number, id };
    });
  }

  stateOf(name: string): InitialMessage {
    return { event: 'state', data: { counter: name, number: this.#of(name).number } };
  }

  /** The state together with the id of the last message that it includes. */
  #confirmedStateOf(name: string): InitialMessage {
    const { number, id } = this.#of(name).confirmed;
    return { event: 'state', data: { counter: name, number }, id };
  }

  #of(name: string): Counter {
    return this.#counters.find(({ channel }) => channel.name === name) as Counter;
  }

  /** The ways in which an app may give its state. */
  get initials(): Record<string, NonNullable<PushOptions<unknown>['initial']>> {
    const statesOf = ({ channels }: InitialContext) => channels.map(({ name }) => this.stateOf(name));
    return {
      'at once': (_request, context) => statesOf(context),
      'of that moment, later': async (_request, context) => {
        const states = statesOf(context);
        await delay(Math.random() * 10);
        return states;
      },
      'of a later moment, with ids': async (_request, { channels }) => {
        await delay(Math.random() * 10);
        return channels.map(({ name }) => this.#confirmedStateOf(name));
      },
      'in parts': (_request, context) => slowly(statesOf(context)),
    };
  }
}

async function* slowly<T>(parts: readonly T[]): AsyncGenerator<T> {
  for (const part of parts) {
    await delay(Math.random() * 5);
    yield part;
  }
}
