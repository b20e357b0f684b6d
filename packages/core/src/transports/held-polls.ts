import type { Group } from '../delivery/group';
import type { HeldPoll } from '../delivery/held-poll';

/**
 * The held polls of clients that sent a name (`?client=`). A client has one poll at a time, so its
 * next one replaces the one before. A name counts only within one group of channels, and only for
 * one key or address: strangers cannot end a poll by guessing its name, or by using it in a room of
 * their own.
 */
export class HeldPolls {
  readonly #byGroup = new WeakMap<Group, Map<string, HeldPoll>>();

  /** True if the client waits in this group already. */
  has(group: Group, client: string): boolean {
    return this.#byGroup.get(group)?.has(client) === true;
  }

  /** Closes the poll that the client holds already, and keeps the new one until it is closed. */
  replace(group: Group, client: string, poll: HeldPoll): void {
    const polls = this.#byGroup.get(group) ?? new Map<string, HeldPoll>();
    this.#byGroup.set(group, polls);
    polls.get(client)?.close('replaced');
    polls.set(client, poll);
    poll.closed.then(() => {
      if (polls.get(client) === poll) polls.delete(client);
    });
  }
}

/** Joins the name that a client gave itself with the key that the hub or the network gives it. */
export function heldPollKey(name: string, clientKey: string | undefined): string {
  return `${name} ${clientKey ?? ''}`;
}
