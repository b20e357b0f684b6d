import { badRequest, isPromise, isUnreachable, PushwireError } from '../checks/errors';
import type { HubRefusal } from '../delivery/close-reason';
import type { GroupFormat } from '../delivery/group-format';
import { HeldPoll } from '../delivery/held-poll';
import { type Joining, joiningOf } from '../delivery/joining';
import { answerFinished, answerRetryLater, answerUnknownRun } from '../http/answers';
import { authorizeExchange } from '../http/authorization';
import { checkBeginning } from '../http/check-beginning';
import { clientKeyOf } from '../http/client-key';
import { engineOfExchange } from '../http/engine-of';
import { errorListener } from '../http/error-listener';
import { endAbandoned } from '../http/exchange';
import { waitFor } from '../http/pending-exchange';
import { cursorOf, waitOf } from '../http/query';
import { findRefusal } from '../http/refusal';
import { isDone, lostPlaceOf, originOf } from '../http/run-log';
import type { CheckedFeed } from '../http/source';
import type { Transport } from '../http/transport';
import type { Channel } from '../hub/channel';
import type { Engine } from '../hub/engine';
import { type BatchLimits, defaultBatchLimits, emptyBatchAt } from '../log/batch';
import { type Cursor, formatCursor, isWithoutPlace, parseCursor } from '../log/cursor';
import { lost } from '../log/outcome';
import type { Origin } from '../log/start';
import { startPositions } from '../log/start-positions';
import { LargeSnapshot, withSnapshot } from '../subscribing/whole-snapshot';
import { HeldPolls, heldPollKey } from './held-polls';
import { NothingNew } from './nothing-new';
import { PollAnswers } from './poll-answers';
import { PollClients } from './poll-clients';
import { type PollRouteSettings, pollDefaults } from './poll-options';
import { snapshotFor } from './poll-snapshot';

const clientPattern = /^[\w-]{1,64}$/;

let routeCount = 0;

/** One route of polls: makes their answers, and knows which clients wait. */
export class PollRoute<Request> {
  readonly #settings: PollRouteSettings<Request>;
  readonly #format: GroupFormat;
  readonly #limits: BatchLimits;
  readonly #answers: PollAnswers<Request>;
  readonly #held = new HeldPolls();
  readonly #nothingNew = new NothingNew();
  #parsed: { readonly text: string | undefined; readonly origin: Origin; readonly cursor: Cursor } | undefined;
  readonly #joining: Joining | undefined;
  /** Absent on a route without hooks. */
  readonly #clients: PollClients<Request> | undefined;

  constructor(settings: PollRouteSettings<Request>) {
    this.#settings = settings;
    this.#joining = joiningOf(settings.join);
    if (settings.presence || settings.onOpen || settings.onClose) this.#clients = new PollClients(settings);
    this.#limits = { ...defaultBatchLimits, messages: settings.maxMessages ?? pollDefaults.maxMessages };
    this.#answers = new PollAnswers(settings, this.#limits);
    this.#format = {
      name: `poll ${++routeCount}`,
      transport: settings.interval === undefined ? 'long-poll' : 'poll',
      batch: (batch, from, tags) => this.#answers.body(batch, { from: formatCursor(from, tags) }),
      limits: this.#limits,
      batchDelay: settings.batchDelay,
      isPolled: true,
    };
  }

  /** Most polls have the cursor of the one before. */
  #parse(text: string | undefined, origin: Origin): Cursor {
    if (this.#parsed?.text !== text || this.#parsed?.origin !== origin) {
      this.#parsed = { text, origin, cursor: parseCursor(text, origin) };
    }
    return this.#parsed.cursor;
  }

  readonly transport: Transport<Request> = (exchange) => {
    const { incoming, query } = exchange;
    const settings = this.#settings;
    const cursorText = cursorOf(incoming, query, settings.parameter);
    const waits = incoming.method !== 'HEAD' && (settings.first === 'wait' || !isWithoutPlace(cursorText));
    const wait = waitOf(query, settings.wait);
    const name = clientOf(query);
    const { transport } = this.#format;
    const serve = async (feed: CheckedFeed) => {
      const channels = channelsOf(feed);
      checkBeginning(feed, settings);
      const origin = originOf(channels, settings.from);
      const cursor = this.#parse(cursorText, origin);
      const engine = engineOfExchange(exchange, channels, undefined);
      if (settings.authorize) await authorizeExchange(settings, exchange, channels, engine, transport);
      if (engine.isClosed) return answerRetryLater(exchange, engine, transport, 'draining');
      if (isDone(channels, cursorText)) return answerFinished(exchange);
      const joining = engine.groups.join(this.#format, namesOf(channels), cursor);
      const group = joining instanceof Promise ? await joining : joining;
      if (group === 'unavailable' || group === 'full') return answerRetryLater(exchange, engine, transport, group);
      try {
        const isUnknown = group.followed.some(({ isUnknownRun }) => isUnknownRun);
        if (isUnknown && settings.unknownRun !== 'wait') {
          const place = settings.unknownRun === 404 ? undefined : lostPlaceOf(cursor);
          if (place === undefined) return answerUnknownRun(exchange, settings.unknownRun);
          const nothing = { ...emptyBatchAt([], place), more: false, ended: true, outcome: lost };
          return this.#answers.responderFor(engine, group, cursorText, exchange).answer(exchange.answers, nothing);
        }
        const asking = snapshotFor(settings, { exchange, engine, channels, group, cursorText, cursor });
        const snapshot = isPromise(asking)
          ? await waitFor(asking, engine, exchange, transport, pendingOptions)
          : asking;
        if (exchange.sink.gone) return endAbandoned(exchange);
        const nothing = snapshot ? undefined : this.#nothingNew.after(group, cursorText);
        const known = snapshot?.positions ?? nothing?.positions;
        const positions = known ?? startPositions(cursor, group.logs, group.tags, origin);
        const rest = nothing ?? group.read(positions, this.#limits);
        const whole = snapshot ? withSnapshot(snapshot, rest) : rest;
        const request = { exchange, engine, channels };
        const own = this.#clients?.withoutOwn(whole, request, name) ?? whole;
        const batch = this.#joining?.join(own) ?? own;
        const hasContent = batch.messages.length > 0 || batch.gap !== undefined;
        const responder = this.#answers.responderFor(engine, group, cursorText, exchange);
        if (batch.ended && !hasContent && !batch.outcome) return answerFinished(exchange);
        const isHeld = !hasContent && !batch.more && !batch.ended && waits && wait > 0;
        const key = isHeld && name && heldPollKey(name, clientKeyOf(engine, exchange));
        const refusal = isHeld && findRefusal(engine, exchange);
        // A poll that replaces the held poll of the same client needs no room.
        if (refusal && !(key && this.#held.has(group, key))) {
          return answerRetryLater(exchange, engine, transport, refusal);
        }
        const onError = errorListener(settings.onError, engine.observer);
        const client = this.#clients?.enter(request, name, onError);
        if (client?.reason === 'ended') {
          const { queue } = client;
          client.leave();
          if (queue.isEmpty) return answerFinished(exchange);
          // Messages that were sent before the end come together with it.
          const nothing = emptyBatchAt(positions, formatCursor(positions, group.tags));
          return responder.answer(exchange.answers, { ...queue.takeInto(nothing), more: false, ended: true }, true);
        }
        if (!isHeld || client?.queue.isEmpty === false) {
          const isOwn = snapshot !== undefined || batch.isApart || client?.queue.isEmpty === false;
          try {
            return responder.answer(exchange.answers, client?.queue.takeInto(batch) ?? batch, isOwn);
          } finally {
            client?.leave(batch.ended ? 'ended' : undefined);
          }
        }
        const poll = new HeldPoll(engine, group.enter(), exchange.sink, responder, exchange.answers, client?.queue);
        if (key) this.#held.replace(group, key, poll);
        poll.hold(wait);
        exchange.closing.follow(poll);
        client?.hold(poll);
        if (engine.isClosed) poll.close('draining');
        return poll;
      } catch (error) {
        if (error instanceof LargeSnapshot) {
          engine.observer.failed(error, 'a poll was refused');
          throw notAcceptable('The state is too large for a poll.');
        }
        if (!isUnreachable(error)) throw error;
        engine.observer.failed(error, 'a client was asked to come back later');
        return answerRetryLater(exchange, engine, transport, 'unavailable');
      } finally {
        group.leave();
      }
    };
    const refuse = (engine: Engine, reason: HubRefusal) => answerRetryLater(exchange, engine, transport, reason);
    const { sourceTimeout, hub } = settings;
    const pendingOptions = { sourceTimeout, hub };
    return { transport, cursor: cursorText, pendingOptions, serve, refuse };
  };
}

const namesOf = (channels: readonly Channel[]): string[] => channels.map(({ name }) => name);

function channelsOf(feed: CheckedFeed): readonly [Channel, ...Channel[]] {
  if ('channels' in feed) return feed.channels;
  throw notAcceptable('This stream has no history and cannot be polled.');
}

const notAcceptable = (sentence: string) => new PushwireError('not-acceptable', sentence, { status: 406 });

function clientOf(query: URLSearchParams): string | undefined {
  const client = query.get('client') ?? undefined;
  if (client !== undefined && !clientPattern.test(client)) {
    throw badRequest('The client must be 1 to 64 letters, digits, _ and -.');
  }
  return client;
}
