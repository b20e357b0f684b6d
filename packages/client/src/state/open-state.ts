import { requestApp } from '../app-request.js';
import { absolute, connect, transportsOf } from '../connect.js';
import { createEmitter } from '../emitter.js';
import { isClosed } from '../machine/machine.js';
import { type ConnectOptions, readOptions, type Settings } from '../options.js';
import { misuse, PushwireError } from '../wire/error.js';
import { type Frame, told } from '../wire/frame.js';
import type { SetValue, StateConnection, StateOptions } from './connection.js';
import { createDrafts } from './drafts.js';
import { Replica } from './replica.js';
import { Shown } from './shown.js';
import { telling } from './telling.js';

/** The place that a connection has reached, for the next one to the same state. */
export interface Place<Value> {
  /** The values that the server has told. */
  readonly values: ReadonlyMap<string, Value>;
  /** The values that the app has seen. */
  readonly shown: ReadonlyMap<string, Value>;
  readonly cursor: string | undefined;
}

/** A state, and the place where another connection can go on. */
export interface OpenState<Value> {
  readonly state: StateConnection<Value>;
  place(): Place<Value>;
}

/** Opens a state, from the place where an earlier connection was. */
export function openState<Value>(
  url: string | URL,
  { set, connect: connectBy = connect, ...options }: StateOptions<Value>,
  before?: Place<Value>,
): OpenState<Value> {
  // Without its values, a cursor would leave out what has not changed since.
  const { cursor: unwanted } = options as ConnectOptions;
  if (unwanted !== undefined) throw misuse('connectState option cursor', 'none', unwanted);
  const settings = readOptions(options);
  const { clock, sendTimeout: timeout } = settings;
  const { cursor } = before ?? {};
  const replica = new Replica<Value>(before?.values);
  const shown = new Shown<Value>(before?.shown);
  const { on, emit } = createEmitter();
  // Values that were set and not confirmed are not shown any more.
  const touched = new Set<string>(before?.shown.keys());
  let isScheduled = false;
  let isOver = false;
  let ready = false;

  const onChange = on('change') as StateConnection<Value>['onChange'];
  const flush = () => {
    isScheduled = false;
    const keys = shown.update(touched, (key) => {
      const draft = drafts.get(key);
      return draft ? draft.value : replica.get(key);
    });
    touched.clear();
    const isNews = keys.size > 0 || ready !== replica.isWhole;
    ready = replica.isWhole;
    if (!isOver && isNews) emit('change', keys);
  };
  /** All that comes together, as the answer to a poll or in 10 ms by a WebSocket, is one change. */
  const touch = (keys: readonly string[]) => {
    for (const key of keys) touched.add(key);
    if (isScheduled) return;
    isScheduled = true;
    // Each message of a WebSocket, or of another tab, is an event, after which the microtasks run.
    connectBy === connect && inner.transport !== 'websocket' ? queueMicrotask(flush) : clock.after(10, flush);
  };

  const drafts = createDrafts<Value>({
    clock,
    timeout,
    write: writerOf(set, settings),
    known: (key) => replica.get(key),
    onChange: (key) => touch([key]),
  });
  const inner = connectBy(url, {
    ...options,
    ...(cursor && { cursor }),
    transports: transportsOf(settings).map(telling),
  });
  inner.onAny((message) => {
    const keys = replica.take(message.event === told ? (message.data as Frame) : message);
    for (const key of keys) drafts.heard(key);
    touch(keys);
  });
  const changeNow = async (key: string, read?: () => Value) => {
    if (set === undefined) throw misuse('connectState option set', 'a URL or a function', set);
    if (!key || typeof key !== 'string') throw misuse('set', 'a key', key);
    const value = read?.();
    if (isClosed(inner)) throw new PushwireError('not-open');
    const sent = drafts.set(key, value);
    flush();
    return sent;
  };
  const change: typeof changeNow = (key, read) => {
    const result = changeNow(key, read);
    // The caller finds the server's value when it hears of a refusal. And a failure that nobody
    // awaits must not end a process of Node.
    result.catch(flush);
    return result;
  };

  const state: StateConnection<Value> = {
    get status() {
      return inner.status;
    },
    get transport() {
      return inner.transport;
    },
    get since() {
      return inner.since;
    },
    get end() {
      return inner.end;
    },
    get cursor() {
      return inner.cursor;
    },
    get ready() {
      return ready;
    },
    get: (key) => shown.get(key),
    entries: () => shown.snapshot.entries(),
    [Symbol.iterator]: () => shown.snapshot.entries(),
    snapshot: () => shown.snapshot,
    on(key, listener) {
      if (typeof listener !== 'function') throw misuse('listener', 'function', listener);
      return onChange((keys) => keys.has(key) && listener(shown.get(key), key));
    },
    onChange,
    onStatus: inner.onStatus,
    onError: inner.onError,
    set: (key, value) =>
      change(key, () => {
        const text = JSON.stringify(value);
        if (text === undefined) throw misuse('set', 'JSON', value);
        return JSON.parse(text);
      }),
    delete: (key) => change(key),
    close() {
      isOver = true;
      inner.close();
      drafts.close();
    },
  };
  return { state, place: () => ({ values: replica.values, shown: shown.snapshot, cursor: inner.cursor }) };
}

/** @throws {TypeError} for what is neither a URL nor a function. */
function writerOf<Value>(set: StateOptions<Value>['set'], settings: Settings): SetValue<Value> {
  if (set === undefined || typeof set === 'function') return set as SetValue<Value>;
  // A string or an object.
  if (!/^[so]/.test(typeof set)) throw misuse('connectState option set', 'a URL or a function', set);
  const url = absolute(set);
  return (key, value, signal) => {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify(value === undefined ? { key, deleted: true } : { key, value });
    // A redirect may make a GET of it, whose answer says nothing about the value.
    return requestApp(url, { method: 'POST', headers, body, signal, redirect: 'error' }, settings);
  };
}
