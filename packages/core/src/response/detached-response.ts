import type { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { restoreSocket } from '../node-internals/responses';

type Message = IncomingMessage | ServerResponse;
type AddListener = (this: Message, event: string, listener: (...args: unknown[]) => void) => Message;

/**
 * The key of a detached socket's sink. A detached response finds its sink through its socket, since
 * a property of its own would cost more memory.
 */
export const sinkOf = Symbol('pushwire.sink');

/** A detached socket. */
export type DetachedSocket = Socket & { [sinkOf]?: DetachedStream };

/** The stream that continues on a detached socket. */
interface DetachedStream {
  readonly gone: boolean;
  readonly hasEnded: boolean;
  readonly pending: number;
  write(bytes: Uint8Array): void;
  end(): void;
}

/** Requests and responses that emit the events of their socket. */
const emitting = new WeakSet<Message>();

/**
 * Lets an app that still holds a detached response, or its request, write to the stream, end it and
 * learn of its end. Response and request refer to the stream, and the stream does not refer to
 * them, so they are collected when the app drops them.
 */
export function linkToSink(response: ServerResponse, socket: DetachedSocket): void {
  const { req } = response;
  restoreSocket(response, socket);
  // Own properties would hide those of the prototype.
  for (const name of ['destroyed', 'finished']) Reflect.deleteProperty(response, name);
  overrideMethods(response, responseMethods);
  emitForSocket(req);
}

/** Lets a request whose parser is freed emit the events of its socket. */
export const emitForSocket = (request: IncomingMessage): void => overrideMethods(request, requestMethods);

/** Adds a listener. Node no longer emits these events, so the first listener arranges for them. */
const addListener: AddListener = function (event, listener) {
  originalOf(this).on.call(this, event, listener);
  if (emitting.has(this)) return this;
  emitting.add(this);
  this.socket?.on('drain', () => this.emit('drain'));
  this.socket?.once('close', () => this.emit('close'));
  return this;
};

type Callback = (error?: Error) => void;

function write(this: Message, chunk: string | Uint8Array, encoding?: BufferEncoding | Callback, callback?: Callback) {
  const done = typeof encoding === 'function' ? encoding : callback;
  const stream = streamOf(this);
  if (stream === undefined || stream.gone) {
    if (done) process.nextTick(done, new Error('The stream has ended.'));
    return false;
  }
  const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding as BufferEncoding) : chunk;
  // An empty chunk would end the body.
  if (bytes.byteLength > 0) stream.write(bytes);
  if (done) process.nextTick(done);
  return stream.pending === 0;
}

function end(this: Message, chunk?: string | Uint8Array | Callback | null, ...rest: (BufferEncoding | Callback)[]) {
  const done = [chunk, ...rest].find((argument) => typeof argument === 'function');
  const encoding = rest.find((argument) => typeof argument === 'string');
  if (chunk && typeof chunk !== 'function') write.call(this, chunk, encoding);
  if (done) this.socket?.once('close', () => (done as Callback)());
  streamOf(this)?.end();
  return this;
}

function destroySocket(this: Message, error?: Error): Message {
  this.socket?.destroy(error);
  return this;
}

const streamOf = ({ socket }: Message) => (socket as DetachedSocket | null)?.[sinkOf];

/** The state of a response, which Node no longer keeps. Node's own methods may set it in vain. */
const state = {
  get destroyed(): boolean {
    return (this as unknown as Message).socket?.destroyed ?? true;
  },
  set destroyed(_value: boolean) {},
  get closed(): boolean {
    return (this as unknown as Message).socket?.closed ?? true;
  },
  get finished(): boolean {
    return streamOf(this as unknown as Message)?.hasEnded ?? true;
  },
  set finished(_value: boolean) {},
  get writableEnded(): boolean {
    return this.finished;
  },
  get writableFinished(): boolean {
    return this.finished && this.closed;
  },
};

interface Methods {
  readonly methods: object;
  /** The prototypes with these methods, by the prototype that each extends. An app has few. */
  readonly prototypes: WeakMap<object, object>;
}

const listening = { on: addListener, addListener };
const responseMethods: Methods = {
  methods: Object.create(null, {
    ...Object.getOwnPropertyDescriptors(state),
    ...Object.getOwnPropertyDescriptors({ ...listening, write, end, destroy: destroySocket }),
  }),
  prototypes: new WeakMap(),
};
const requestMethods: Methods = { methods: { ...listening, destroy: destroySocket }, prototypes: new WeakMap() };

/** Overrides methods by a new prototype, which costs half as much as own properties do. */
function overrideMethods(object: object, { methods, prototypes }: Methods): void {
  const original = Object.getPrototypeOf(object);
  let prototype = prototypes.get(original);
  if (prototype === undefined) {
    prototype = Object.create(original, Object.getOwnPropertyDescriptors(methods)) as object;
    prototypes.set(original, prototype);
  }
  Object.setPrototypeOf(object, prototype);
}

/** The prototype that an object had before its methods were overridden. */
function originalOf(object: Message): EventEmitter {
  return Object.getPrototypeOf(Object.getPrototypeOf(object));
}
