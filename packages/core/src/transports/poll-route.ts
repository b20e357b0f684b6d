import { badRequest, notAsync, PushwireError } from '../checks/errors';
import type { HubRefusal } from '../delivery/close-reason';
import type { Group } from '../delivery/group';
import type { GroupFormat } from '../delivery/group-format';
import { HeldPoll, type PollResponder } from '../delivery/held-poll';
import type { AnswerTarget } from '../delivery/sink';
import { type PollAdvice, pollBody } from '../encoders/poll';
import { answerFinished, answerRetryLater } from '../http/answers';
import { authorizeExchange } from '../http/authorization';
import { clientKeyOf } from '../http/client-key';
import { engineOfExchange } from '../http/engine-of';
import { type ErrorListener, errorListener } from '../http/error-listener';
import { type Exchange, endAbandoned } from '../http/exchange';
import { attachHooks } from '../http/hooks';
import { cursorOf } from '../http/query';
import { findRefusal } from '../http/refusal';
import type { CheckedFeed } from '../http/source';
import type { Transport } from '../http/transport';
import type { Channel } from '../hub/channel';
import type { Engine } from '../hub/engine';
import { type Batch, type BatchLimits, defaultBatchLimits, readBatch } from '../log/batch';
import { formatCursor, parseCursor, placeOf, roundOf, withRound } from '../log/cursor';
import { startPositions } from '../log/start-positions';
import { addVary } from '../response/headers';
import { callOutsideRequests } from '../time/async-context';
import { HeldPolls, heldPollKey } from './held-polls';
import {
  allowSharing,
  intervalPollHeaders,
  isUnchanged,
  longPollHeaders,
  nextRound,
  sharedMaxAge,
} from './poll-caching';
import { type LongPollOptions, pollDefaults } from './poll-options';

const clientPattern = /^[\w-]{1,64}$/;

/** The settings of one route of long polls or interval polls. */
export interface PollRouteSettings<Request> extends Omit<LongPollOptions<Request>, 'wait' | 'batchDelay'> {
  /** Milliseconds between two interval polls. Absent for long polls. */
  readonly interval: number | undefined;
  readonly wait: number;
  /** True for a route where the `Accept` header chooses, unless the URL names a transport. */
  readonly isNegotiated?: boolean;
  readonly batchDelay: number;
  readonly onError: ErrorListener<Request> | undefined;
}

let routeCount = 0;

/** One route of polls: makes their answers, and knows which clients wait. */
export class PollRoute<Request> {
  readonly #settings: PollRouteSettings<Request>;
  readonly #format: GroupFormat;
  readonly #limits: BatchLimits;
  readonly #held = new HeldPolls();

  constructor(settings: PollRouteSettings<Request>) {
    this.#settings = settings;
    this.#limits = { ...defaultBatchLimits, messages: settings.maxMessages ?? pollDefaults.maxMessages };
    this.#format = {
      name: `poll ${++routeCount}`,
      transport: settings.interval === undefined ? 'long-poll' : 'poll',
      batch: (batch, from, tags) => this.#body(batch, { from: formatCursor(from, tags) }),
      limits: this.#limits,
      batchDelay: settings.batchDelay,
    };
  }

  readonly transport: Transport<Request> = (exchange) => {
    const { incoming, query } = exchange;
    const cursorText = cursorOf(incoming, query, this.#settings.parameter);
    const cursor = parseCursor(cursorText);
    const wait = incoming.method === 'HEAD' ? 0 : this.#waitOf(query);
    const name = clientOf(query);
    const { sourceTimeout, hub } = this.#settings;
    const { transport } = this.#format;
    const serve = async (feed: CheckedFeed) => {
      const channels = channelsOf(feed);
      const engine = engineOfExchange(exchange, channels, undefined);
      const { authorize } = this.#settings;
      if (authorize) await authorizeExchange(this.#settings, exchange, channels, engine, transport);
      if (engine.isClosed) return answerRetryLater(exchange, engine, transport, 'draining');
      const joining = engine.groups.join(this.#format, namesOf(channels), cursor);
      const group = joining instanceof Promise ? await joining : joining;
      if (group === 'unavailable' || group === 'full') return answerRetryLater(exchange, engine, transport, group);
      const positions = startPositions(cursor, group.logs, group.tags);
      const batch = readBatch(group.logs, group.tags, positions, this.#limits);
      const hasContent = batch.messages.length > 0 || batch.gap !== undefined;
      const responder = this.#responderFor(engine, group, cursorText, exchange);
      if (!hasContent && !batch.ended && !exchange.sink.gone && cursor !== 'now' && wait > 0) {
        const refusal = findRefusal(engine, exchange);
        const client = name && heldPollKey(name, clientKeyOf(engine, exchange));
        // A poll that replaces the held poll of the same client needs no room.
        if (refusal && !(client && this.#held.has(group, client))) {
          group.leave();
          return answerRetryLater(exchange, engine, transport, refusal);
        }
        const poll = new HeldPoll(engine, group, exchange.sink, responder, exchange.answers);
        if (client) this.#held.replace(group, client, poll);
        poll.hold(wait);
        attachHooks(poll, channels, exchange, this.#settings, errorListener(this.#settings.onError, engine.observer));
        if (engine.isClosed) poll.close('draining');
        return poll;
      }
      group.leave();
      if (exchange.sink.gone) return endAbandoned(exchange);
      if (batch.ended && !hasContent) return answerFinished(exchange);
      responder.answer(exchange.answers, batch);
      return undefined;
    };
    const refuse = (engine: Engine, reason: HubRefusal) => answerRetryLater(exchange, engine, transport, reason);
    return { transport, cursor: cursorText, pendingOptions: { sourceTimeout, hub }, serve, refuse };
  };

  /** @param cursorText the cursor that the client sent. */
  #responderFor(
    { observer, clock }: Engine,
    group: Group,
    cursorText: string | undefined,
    { incoming, response, query }: Exchange<Request>,
  ): PollResponder {
    const { cache, interval, isNegotiated } = this.#settings;
    const send = (to: AnswerTarget, body: Uint8Array, cursor: string, maxAge: number) => {
      const isShared = cache && allowSharing(incoming, response, !isNegotiated || query.has('transport'));
      const headers =
        interval === undefined ? longPollHeaders(isShared ? maxAge : undefined) : intervalPollHeaders(cursor);
      if (interval !== undefined) addVary(response, 'Last-Event-ID');
      if (interval !== undefined && isUnchanged(incoming.headers['if-none-match'], cursor)) {
        to.answer(304, headers);
      } else {
        to.answer(200, { 'Content-Type': 'application/json; charset=utf-8', ...headers }, body);
      }
    };
    return {
      answer: (to, batch) => {
        const isEmpty = batch.messages.length === 0 && !batch.gap && !batch.ended;
        const needsRound = cache && cursorText !== undefined && isEmpty;
        const cursor = needsRound ? withRound(batch.cursor, nextRound(roundOf(cursorText), clock.now())) : batch.cursor;
        const body = Buffer.from(
          this.#body(batch, { from: cursorText, cursor, ...(interval !== undefined && { interval }) }),
        );
        if (batch.gap) observer.gap(group, batch.gap);
        observer.wrote(group, 1, batch.messages.length, body.byteLength);
        send(to, body, cursor, cursorText === undefined ? 1 : sharedMaxAge);
      },
      answerShared: (to, bytes, cursor, before) => {
        if (placeOf(cursorText) === formatCursor(before, group.tags)) return send(to, bytes, cursor, sharedMaxAge);
        // The client has another name for this place, and must find its own in the answer.
        const batch = readBatch(group.logs, group.tags, before, this.#limits);
        const body = Buffer.from(this.#body(batch, { from: cursorText }));
        return send(to, body, batch.cursor, sharedMaxAge);
      },
    };
  }

  #body(batch: Batch, advice: PollAdvice): string {
    const body = pollBody(batch, advice);
    const { envelope } = this.#settings;
    if (!envelope) return body;
    // The body may answer all polls at the same place, so it is made in the context of none.
    const enveloped = callOutsideRequests(() => envelope(JSON.parse(body)));
    return JSON.stringify(notAsync('envelope', 'a function that is not async', enveloped));
  }

  #waitOf(query: URLSearchParams): number {
    const { wait } = this.#settings;
    const asked = query.get('wait');
    if (asked === null || wait === 0) return wait;
    if (!/^\d{1,5}(\.\d{1,3})?$/.test(asked)) throw badRequest('The wait must be a number of seconds.');
    return Math.min(wait, Number(asked) * 1000);
  }
}

const namesOf = (channels: readonly Channel[]): string[] => channels.map(({ name }) => name);

function channelsOf(feed: CheckedFeed): readonly [Channel, ...Channel[]] {
  if ('channels' in feed) return feed.channels;
  throw new PushwireError('not-acceptable', 'This stream has no history and cannot be polled.', { status: 406 });
}

function clientOf(query: URLSearchParams): string | undefined {
  const client = query.get('client') ?? undefined;
  if (client !== undefined && !clientPattern.test(client)) {
    throw badRequest('The client must be 1 to 64 letters, digits, _ and -.');
  }
  return client;
}
