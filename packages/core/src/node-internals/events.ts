// Node does not document what these functions use. Each says what happens if Node changes it, and
// `test/node-internals.test.ts` checks each assumption on every supported version.

import type { EventEmitter } from 'node:events';

/**
 * The number of events that have a listener: `emitter._eventsCount`, since `eventNames()` is slow.
 *
 * If it is missing, this counts `eventNames()`.
 */
export function eventsWithListeners(emitter: EventEmitter): number {
  return (emitter as { _eventsCount?: number })._eventsCount ?? emitter.eventNames().length;
}

type Listener = (this: unknown, ...args: unknown[]) => void;

/** Finds a listener by the name of its function. */
export function findListener(emitter: EventEmitter, event: string, name: string): Listener | undefined {
  return emitter.listeners(event).find((listener) => listener.name === name) as Listener | undefined;
}

/** The key of the bounds of a queue in an iterator of `events.on()`. */
const watermarks = Symbol.for('nodejs.watermarkData');

/**
 * True for what `events.on()` returns: an iterator whose items are the arguments of events.
 *
 * If Node marks it in another way, this returns false, and such a source is refused by its first
 * item, with a `TypeError` about an array.
 */
export function isEventIterator(value: object): value is AsyncIterator<unknown[]> {
  return watermarks in value && Symbol.asyncIterator in value;
}
