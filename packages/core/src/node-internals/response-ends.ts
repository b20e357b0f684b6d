// Node does not document what these functions use. Each says what happens if Node changes it, and
// `test/node-internals.test.ts` checks each assumption on every supported version.

import { channel } from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import { OutgoingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { eventsWithListeners } from './events';
import { unassignSocket } from './responses';

/**
 * Lets a response whose parser is freed forget what Node's server keeps of its connection: the
 * server's listener for `finish`, and `response._onPendingData()`, which counts for the parser.
 *
 * If the listener has another name, this does nothing, and the response takes 0.6 KiB more.
 *
 * @param onFinish takes the place of the server's listener.
 */
export function releaseResponse(response: ServerResponse, onFinish: (this: ServerResponse) => void): void {
  const names = ['bound resOnFinish', 'onResponseFinish'];
  const listener = response.listeners('finish').find(({ name }) => names.includes(name)) as (() => void) | undefined;
  if (listener === undefined || finishTopic.hasSubscribers) return;
  response.off('finish', listener);
  response.on('finish', onFinish);
  if ('_onPendingData' in response) response._onPendingData = ignore;
}

/**
 * Closes a response that has ended, as the server's own listener for `finish` does: it gives its
 * socket back, and emits `close` in the next turn.
 *
 * If `response._closed` is renamed, `response.closed` stays false.
 */
export function closeResponse(response: ServerResponse, socket: Socket): void {
  unassignSocket(response, socket);
  process.nextTick(emitClose, response);
}

function emitClose(response: ServerResponse & { _closed?: boolean }): void {
  response.destroyed = true;
  response._closed = true;
  response.emit('close');
}

/**
 * Calls a listener when the body of a response ends, before `finish`: the event `prefinish`.
 *
 * If Node does not emit it, bytes could be written to the socket after the end of a body that the
 * app itself has ended.
 */
export function onBodyEnd(response: ServerResponse, listener: () => void): void {
  response.on('prefinish', listener);
}

/** Node's server and the core listen to three events of a response, once each. */
const expectedEvents = 3;

/** Monitors subscribe here instead of listening to the response. */
const finishTopic = channel('http.server.response.finish');

/**
 * True if nothing but Node and the core waits for the end of a response or of its request. Node
 * itself listens to `finish`, and the core to `prefinish` and `close`.
 *
 * If Node listens to more or fewer events, or has moved the methods, this returns false, and no
 * response is detached.
 */
export function isUnwatched(response: ServerResponse): boolean {
  return (
    !finishTopic.hasSubscribers &&
    eventsWithListeners(response.req) === 0 &&
    eventsWithListeners(response) === expectedEvents &&
    isUnpatched(response) &&
    response.listenerCount('finish') === 1 &&
    response.listenerCount('prefinish') === 1 &&
    response.listenerCount('close') === 1
  );
}

/**
 * Monitors and middleware replace these methods to learn how a response ends. Some tools patch one
 * response, and some patch the prototype of all.
 */
function isUnpatched(response: ServerResponse): boolean {
  const { end, destroy, write } = OutgoingMessage.prototype;
  const { prototype } = ServerResponse;
  return (
    response.end === end &&
    response.destroy === destroy &&
    response.write === write &&
    response.emit === EventEmitter.prototype.emit &&
    !Object.hasOwn(prototype, 'end') &&
    !Object.hasOwn(prototype, 'emit') &&
    !Object.hasOwn(prototype, 'write') &&
    !Object.hasOwn(prototype, 'destroy')
  );
}

function ignore(): void {}
