import { PushwireError } from '../checks/errors';
import { presenceLogName } from '../log/log-name';
import type { Message } from '../log/message';
import { checkKey, valueMessage } from '../log/state-message';
import type { Engine } from './engine';

/** Someone who is present. */
export interface Member<Data = unknown> {
  readonly id: string;
  /** `null` where the app has given none. */
  readonly data: Data;
}

/** A presence with any data. */
// biome-ignore lint/suspicious/noExplicitAny: no type of data is wider than all others
export type AnyPresence = Presence<any>;

let readEngine: (presence: AnyPresence) => Engine;
let prepare: (presence: AnyPresence, id: string, data: unknown) => () => () => void;

/**
 * The members that are here: those that have at least one connection, in any process. It is a
 * source of routes like a state, whose keys are the ids of the members. Routes add members by their
 * option `presence`.
 *
 * Presences are values: `hub.presence(name)` costs next to nothing, and two presences of one hub
 * with the same name are the same one.
 *
 * @typeParam Data the data of a member, checked by TypeScript only.
 */
export class Presence<Data = unknown> {
  static {
    readEngine = (presence) => presence.#engine;
    prepare = (presence, id, data) => presence.#prepare(id, data);
  }

  readonly #engine: Engine;
  readonly #log: string;

  /** @internal Use `hub.presence(name)`. */
  constructor(
    engine: Engine,
    readonly name: string,
  ) {
    this.#engine = engine;
    this.#log = presenceLogName(name);
    // A backplane without states is found here, and not when a client comes.
    engine.presences.check();
  }

  /**
   * Adds a member by hand, as if it had one more connection to this process. Routes do so by their
   * option `presence`.
   *
   * @param id all connections with the same id are one member.
   * @param data the data that others see of it. JSON must be able to hold it.
   * @returns a function that takes the connection away. The member is gone `grace` ms after the
   * last one.
   * @throws TypeError at once for an id that is no string of 1 to 255 characters, or for data that
   * JSON cannot hold.
   * @throws PushwireError at once `message-too-large` for more than `dataBytes`, or `hub-closed`.
   * @example
   * ```ts
   * import { createHub } from '@pushwire/core';
   *
   * const leave = createHub().presence<{ name: string }>('room:7').join('u1', { name: 'Anna' });
   * leave();
   * ```
   */
  join(id: string, data?: Data): () => void {
    return this.#prepare(id, data)();
  }

  /**
   * Changes what others see of a member, in whichever process it is. They get the member alone
   * anew. The updates of one turn of the event loop, or of `every` ms, are one call to the
   * backplane, with the newest data of each member.
   *
   * Connections of the member that come with the data that others came with do not bring it back.
   *
   * @returns true, or false where there is no such member in any process. Nothing needs to await
   * it.
   * @throws TypeError at once, as `join()` does.
   * @throws PushwireError the promise rejects with `message-too-large` for more than `dataBytes`,
   * with `hub-closed`, `backplane-unavailable` or `backplane-unconfirmed`. A member of this process
   * keeps the new data then, and others get it when they can.
   * @example
   * ```ts
   * import { createHub } from '@pushwire/core';
   *
   * const room = createHub().presence<{ x: number; y: number }>('room:7');
   * // The route that takes the pointer of a page, on any node.
   * const isThere = await room.update('u1', { x: 0.2, y: 0.7 });
   * ```
   */
  update(id: string, data: Data): Promise<boolean> {
    const message = messageOfMember(this.name, id, data);
    return this.#optional('update()', async () => {
      this.#checkSize(message);
      return this.#engine.presences.update(this.#log, message);
    });
  }

  /**
   * Returns all members, in the order in which they came or changed. It is empty for a presence
   * whose option `names` is false.
   *
   * @throws PushwireError the promise rejects with `hub-closed`, `backplane-unavailable` or
   * `backplane-unconfirmed`.
   */
  members(): Promise<Member<Data>[]> {
    return this.#optional('members()', async () => {
      if (!this.#engine.presences.limitsOf(this.#log).names) return [];
      const members = await this.#engine.presences.members(this.#log);
      return members.map(({ id, json }) => ({ id, data: JSON.parse(json) }));
    });
  }

  /**
   * Counts the members.
   *
   * @throws PushwireError the promise rejects as that of `members()` does.
   */
  count(): Promise<number> {
    return this.#optional('count()', () => this.#engine.presences.count(this.#log));
  }

  #prepare(id: string, data: unknown): () => () => void {
    const message = messageOfMember(this.name, id, data);
    this.#checkSize(message);
    return () => this.#engine.presences.join(this.#log, message);
  }

  #checkSize({ size }: Message): void {
    const { dataBytes } = this.#engine.presences.limitsOf(this.#log);
    if (size > dataBytes) throw tooLarge(this.name, size, dataBytes);
  }

  #optional<T>(call: string, act: () => Promise<T>): Promise<T> {
    return this.#engine.unawaited.optional(call, act());
  }
}

/** The engine of the hub that a presence belongs to. */
export function engineOfPresence(presence: AnyPresence): Engine {
  return readEngine(presence);
}

/**
 * Checks a member, as `join()` does.
 *
 * @returns a function that adds it.
 */
export function prepareJoin(presence: AnyPresence, id: string, data: unknown): () => () => void {
  return prepare(presence, id, data);
}

function messageOfMember(presence: string, id: string, data: unknown): Message {
  const member = `a member of ${JSON.stringify(presence)}`;
  checkKey(id, `id of ${member}`);
  return valueMessage(id, data === undefined ? null : data, `data of ${member}`);
}

function tooLarge(presence: string, size: number, most: number): PushwireError {
  return new PushwireError(
    'message-too-large',
    `A member may have at most ${most} bytes (presence.dataBytes), but one of ${JSON.stringify(presence)} has ${size}.`,
  );
}
