import type { Heard } from '../kit/readers';

/** A client saw a number twice, or missed one. */
export class WrongSight extends Error {}

/** The messages of one connection or poll. */
export interface SeenRound {
  readonly messages: readonly Pick<Heard, 'event' | 'data'>[];
  /** True if the client was told that messages are lost. */
  readonly gap: boolean;
}

/**
 * The numbers that one client has seen of several counters. A snapshot says up to which number its
 * state goes, and each number after it must come once, in order.
 */
export class Sight {
  readonly #last = new Map<string, number>();
  snapshots = 0;
  numbers = 0;
  gaps = 0;

  /** @throws WrongSight for a number that is missing or repeated, and for a snapshot without a need. */
  take({ messages, gap }: SeenRound): void {
    if (gap) this.gaps++;
    for (const { event, data } of messages) {
      const { counter, number } = parsed(data);
      if (event === 'state') this.#state(counter, number, gap);
      else this.#number(counter, number);
    }
  }

  #state(counter: string, number: number, gap: boolean): void {
    const last = this.#last.get(counter);
    if (last !== undefined && !gap) throw new WrongSight(`a snapshot of ${counter} at ${last}, without a gap`);
    if (last !== undefined && number < last)
      throw new WrongSight(`a snapshot of ${counter} at ${number} after ${last}`);
    this.#last.set(counter, number);
    this.snapshots++;
  }

  #number(counter: string, number: number): void {
    const last = this.#last.get(counter);
    if (last === undefined) throw new WrongSight(`${counter} ${number} came before a snapshot`);
    if (number !== last + 1) throw new WrongSight(`${counter} ${number} came after ${last}`);
    this.#last.set(counter, number);
    this.numbers++;
  }
}

/** Event streams carry JSON as text. */
function parsed(data: unknown): { counter: string; number: number } {
  return typeof data === 'string' ? JSON.parse(data) : (data as { counter: string; number: number });
}
