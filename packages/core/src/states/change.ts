import type { Message } from '../log/message';
import { messageOf } from '../log/state-message';
import { mergePatch } from './merge-patch';

/** A change of a key: a value or a deletion, patches, or both, one after the other. */
export interface Change {
  /** `undefined` for a change that depends on the value before it. */
  readonly message: Message | undefined;
  /** JSON Merge Patches that follow. */
  readonly patches: readonly unknown[];
}

/** Puts one change after another, as a single one. */
export function andThen(first: Change, second: Change): Change {
  if (second.message) return second;
  return { message: first.message, patches: [...first.patches, ...second.patches] };
}

/**
 * Makes the message of a change.
 *
 * @param before the value before it, as JSON text. `undefined` where there is none.
 */
export function messageAfter(key: string, { message, patches }: Change, before: string | undefined): Message {
  if (message && patches.length === 0) return message;
  const json = message ? (message.isDeletion ? undefined : (message.body as string)) : before;
  const value = patches.reduce(mergePatch, json === undefined ? undefined : JSON.parse(json));
  return messageOf(key, JSON.stringify(value));
}
