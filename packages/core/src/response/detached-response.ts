import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { restoreSocket } from '../node-internals';

type Held = IncomingMessage | ServerResponse;
type Late = (this: Held, event: string, listener: (...given: unknown[]) => void) => Held;

/** A socket that knows who writes to it now. */
export type LinkedSocket = Socket & { [streamOf]?: { end(): void } };

/** By what a response that was let go finds its stream, from its socket: a property of its own would cost more. */
export const streamOf = Symbol('pushwire.stream');

/** What is told to those who have asked too late for Node to tell them. */
const told = new WeakSet<Held>();

/**
 * Lets an app that still holds a response which was let go, or its request, end the stream and hear of its end. They know the
 * stream, and the stream does not know them, so that what nobody holds is collected.
 */
export function linkToStream(response: ServerResponse, socket: LinkedSocket): void {
  const { req } = response;
  restoreSocket(response, socket);
  stand(response, responseMethods);
  stand(req, requestMethods);
}

const listenLate: Late = function (event, listener) {
  // That of the prototype in whose place ours stands.
  Object.getPrototypeOf(Object.getPrototypeOf(this)).on.call(this, event, listener);
  if (told.has(this)) return this;
  told.add(this);
  this.socket?.once('close', () => this.emit('close'));
  return this;
};

function endStream(this: Held): Held {
  (this.socket as LinkedSocket | null)?.[streamOf]?.end();
  return this;
}

function destroySocket(this: IncomingMessage, error?: Error): IncomingMessage {
  this.socket.destroy(error);
  return this;
}

const late = { on: listenLate, addListener: listenLate };
const responseMethods: Methods = { of: new WeakMap(), methods: { ...late, end: endStream } };
const requestMethods: Methods = { of: new WeakMap(), methods: { ...late, destroy: destroySocket } };

interface Methods {
  /** A prototype with these methods for each that it stands in front of: an app has one or two. */
  readonly of: WeakMap<object, object>;
  readonly methods: object;
}

/** Gives methods to an object by its prototype, which costs half of what properties of its own do. */
function stand(object: object, { of, methods }: Methods): void {
  const before = Object.getPrototypeOf(object);
  let prototype = of.get(before);
  if (prototype === undefined) of.set(before, (prototype = Object.assign(Object.create(before), methods) as object));
  Object.setPrototypeOf(object, prototype);
}
