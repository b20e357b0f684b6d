import { connect, given, transportsOf } from '../connect.js';
import type { AnyEvents, Connection, Message } from '../connection.js';
import { isClosed } from '../machine/machine.js';
import { readOptions } from '../options.js';
import type { Query, Sendable } from '../transports/transport.js';
import { PushwireError } from '../wire/error.js';
import { Answers } from './answers.js';
import { bytesOf, clientFrame } from './client-frame.js';
import type { RequestOptions, TwoWayConnection } from './connection.js';
import { outboxLimits, patienceOf, type TwoWayOptions } from './options.js';
import { Outbox } from './outbox.js';
import { mayFollow } from './right.js';
import { Topics, topicsParameter } from './topics.js';
import { Witness } from './witness.js';

const answerEvent = 'pushwire:answer';

/**
 * Connects like `connect`, and asks: `request()` gets what the route's `onMessage` returns, over a
 * WebSocket and by POST alike, and `subscribe()` and `leave()` change what the connection follows
 * while it is open.
 *
 * @param url as in `connect`.
 * @throws {TypeError} for an invalid URL or option.
 * @example
 * ```ts
 * import { connectTwoWay } from '@pushwire/client/two-way';
 *
 * const chat = connectTwoWay<{ message: string }>('/chat', { topics: ['lobby'], outbox: true });
 * chat.on('message', (text) => console.log(text));
 * await chat.subscribe('room 7');
 * const names = await chat.request<string[]>({ who: 'room 7' }, { timeout: 5000 });
 * console.log(names);
 * ```
 */
export function connectTwoWay<Events = AnyEvents>(
  url: string | URL,
  options: TwoWayOptions = {},
): TwoWayConnection<Events> {
  const { topics: firstTopics = [], outbox: bounds, ...connectOptions } = options;
  const settings = readOptions(connectOptions);
  const limits = outboxLimits(bounds);
  const { clock, random, sendTimeout } = settings;
  const answers = new Answers(clock);
  const witness = new Witness(answers.settle);
  let hasBegun = false;

  const queryWith = async (topics: readonly string[]): Promise<Query> => ({
    ...(await given(connectOptions.query)),
    sends: 'frames',
    topics: topics.length > 0 ? topicsParameter(topics) : undefined,
  });
  const topics = new Topics(firstTopics, {
    hasBegun: () => hasBegun,
    whenOpen: () => whenOpen(inner),
    isOpen: () => inner.status === 'open',
    canChangeInPlace: () => witness.canSend(inner.transport),
    async changeInPlace(list) {
      const data = JSON.stringify(list);
      const frame = (request: number) => `{"event":"pushwire:topics","request":${request},"data":${data}}`;
      await answers.ask((request) => inner.send(frame(request)), { timeout: sendTimeout });
    },
    checkRight: (list) => mayFollow(url, inner.transport, settings, () => queryWith(list)),
    restart(former, next) {
      const keepsSome = former.length === 0 || former.some((topic) => next.includes(topic));
      // The cursor of a single channel does not name it, so another one would take it for its own.
      const isNamed = keepsSome || inner.cursor?.includes('~');
      witness.restart(isNamed ? undefined : inner.cursor);
    },
  });
  const inner: Connection = connect(url, {
    ...connectOptions,
    transports: transportsOf(settings).map(witness.wrap),
    random: () => (witness.isRestarting ? 0 : random()),
    query() {
      hasBegun = true;
      return queryWith(topics.current);
    },
  });
  inner.on(answerEvent, answers.settle);

  const outbox = limits && new Outbox(limits, { clock, isOpen: () => inner.status === 'open', send: inner.send });
  inner.onStatus(() => {
    if (isClosed(inner)) outbox?.close();
    else outbox?.flush();
  });
  const transmit = (data: Sendable, signal?: AbortSignal) => (outbox ? outbox.send(data, signal) : inner.send(data));

  return {
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
    get topics() {
      return topics.current;
    },
    on: inner.on as TwoWayConnection<Events>['on'],
    onAny: (listener) =>
      inner.onAny((message) => message.event !== answerEvent && listener(message as Message<Events>)),
    onStatus: inner.onStatus,
    onGap: inner.onGap,
    onError: inner.onError,
    send: (data) => quiet(async () => transmit((bytesOf(data) as Sendable | undefined) ?? clientFrame(data))),
    request: <Answer>(data: unknown, options: RequestOptions = {}) =>
      quiet(async () => {
        const patience = patienceOf(options, sendTimeout);
        // Data that cannot be sent is misuse, whatever the state of the connection.
        clientFrame(data);
        return (await answers.ask((number, ended) => transmit(clientFrame(data, number), ended), patience)) as Answer;
      }),
    subscribe: (...names) => quiet(() => topics.change(names, (former) => [...former, ...names])),
    leave: (...names) => quiet(() => topics.change(names, (former) => former.filter((name) => !names.includes(name)))),
    close: inner.close,
  };
}

/** A failure that nobody awaits must not end a process of Node. */
function quiet<Result>(act: () => Promise<Result>): Promise<Result> {
  const result = act();
  result.catch(() => {});
  return result;
}

/** Waits until a connection is open. */
function whenOpen(connection: Pick<Connection, 'status' | 'onStatus'>): Promise<void> {
  return new Promise((resolve, reject) => {
    let stop = () => {};
    const check = () => {
      if (connection.status === 'open') resolve();
      else if (isClosed(connection)) reject(new PushwireError('not-open'));
      else return;
      stop();
    };
    stop = connection.onStatus(check);
    check();
  });
}
