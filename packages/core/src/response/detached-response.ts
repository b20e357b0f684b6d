import type { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { restoreSocket } from '../node-internals';

type Message = IncomingMessage | ServerResponse;
type AddListener = (this: Message, event: string, listener: (...args: unknown[]) => void) => Message;

/**
 * The key of a detached socket's sink. A detached response finds its sink through its socket, since
 * a property of its own would cost more memory.
 */
export const sinkOf = Symbol('pushwire.sink');

/** A detached socket. */
export type DetachedSocket = Socket & { [sinkOf]?: { end(): void } };

/** Requests and responses that emit `close` when their socket closes. */
const emittingClose = new WeakSet<Message>();

/**
 * Lets an app that still holds a detached response, or its request, end the stream and listen to
 * its end. Response and request refer to the stream, and the stream does not refer to them, so they
 * are collected when the app drops them.
 */
export function linkToSink(response: ServerResponse, socket: DetachedSocket): void {
  const { req } = response;
  restoreSocket(response, socket);
  overrideMethods(response, responseMethods);
  overrideMethods(req, requestMethods);
}

/** Adds a listener. Node no longer emits `close`, so the first listener arranges for it. */
const addListener: AddListener = function (event, listener) {
  originalOf(this).on.call(this, event, listener);
  if (emittingClose.has(this)) return this;
  emittingClose.add(this);
  this.socket?.once('close', () => this.emit('close'));
  return this;
};

function endStream(this: Message): Message {
  (this.socket as DetachedSocket | null)?.[sinkOf]?.end();
  return this;
}

function destroySocket(this: IncomingMessage, error?: Error): IncomingMessage {
  this.socket.destroy(error);
  return this;
}

interface Methods {
  readonly methods: object;
  /** The prototypes with these methods, by the prototype that each extends. An app has few. */
  readonly prototypes: WeakMap<object, object>;
}

const listening = { on: addListener, addListener };
const responseMethods: Methods = { methods: { ...listening, end: endStream }, prototypes: new WeakMap() };
const requestMethods: Methods = { methods: { ...listening, destroy: destroySocket }, prototypes: new WeakMap() };

/** Overrides methods by a new prototype, which costs half as much as own properties do. */
function overrideMethods(object: object, { methods, prototypes }: Methods): void {
  const original = Object.getPrototypeOf(object);
  let prototype = prototypes.get(original);
  if (prototype === undefined) {
    prototype = Object.assign(Object.create(original), methods) as object;
    prototypes.set(original, prototype);
  }
  Object.setPrototypeOf(object, prototype);
}

/** The prototype that an object had before its methods were overridden. */
function originalOf(object: Message): EventEmitter {
  return Object.getPrototypeOf(Object.getPrototypeOf(object));
}
