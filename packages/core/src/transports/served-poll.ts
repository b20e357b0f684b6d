import { isPromise, isUnreachable } from '../checks/errors';
import type { HubRefusal } from '../delivery/close-reason';
import type { Group } from '../delivery/group';
import { HeldPoll } from '../delivery/held-poll';
import { answerFinished, answerRetryLater, answerUnknownRun } from '../http/answers';
import { authorizeExchange } from '../http/authorization';
import { checkBeginning } from '../http/check-beginning';
import { clientKeyOf } from '../http/client-key';
import { engineOfExchange } from '../http/engine-of';
import { type Exchange, endAbandoned } from '../http/exchange';
import { waitFor } from '../http/pending-exchange';
import { findRefusal } from '../http/refusal';
import { isDone, lostPlaceOf, originOf } from '../http/run-log';
import type { CheckedFeed } from '../http/source';
import { stateOf } from '../http/state-feed';
import type { PendingOptions, Served, Serving } from '../http/transport';
import type { Channel } from '../hub/channel';
import type { Engine } from '../hub/engine';
import { type Batch, emptyBatchAt } from '../log/batch';
import { type Cursor, formatCursor } from '../log/cursor';
import { lost } from '../log/outcome';
import type { Origin } from '../log/start';
import { startPositions } from '../log/start-positions';
import { LargeSnapshot, type WholeSnapshot, withSnapshot } from '../subscribing/whole-snapshot';
import { heldPollKey } from './held-polls';
import { channelsOf, namesOf, notAcceptable } from './poll-channels';
import type { PollQuery } from './poll-query';
import type { PollRoute } from './poll-route';
import { snapshotFor } from './poll-snapshot';

/** The place of a poll, as its cursor names it. */
interface Start {
  readonly engine: Engine;
  readonly channels: readonly [Channel, ...Channel[]];
  readonly origin: Origin;
  readonly cursor: Cursor;
}

/**
 * One poll of a route. Its steps go on in the same turn unless the app or the backplane gives a
 * promise: to await what is there took a good part of the time of an empty poll.
 */
export class ServedPoll<Request> implements Serving {
  /** True if the client may have left since the request came. */
  #hasWaited = false;

  constructor(
    readonly route: PollRoute<Request>,
    readonly exchange: Exchange<Request>,
    readonly asked: PollQuery,
  ) {}

  get transport(): 'poll' | 'long-poll' {
    return this.route.transportName;
  }

  get cursor(): string | undefined {
    return this.asked.cursor;
  }

  get pendingOptions(): PendingOptions {
    return this.route.pendingOptions;
  }

  refuse(engine: Engine, reason: HubRefusal): undefined {
    return answerRetryLater(this.exchange, engine, this.transport, reason);
  }

  serve(feed: CheckedFeed): Served | Promise<Served> {
    const { exchange, route, transport } = this;
    const { settings } = route;
    const channels = channelsOf(feed);
    checkBeginning(feed, settings);
    const origin = originOf(channels, settings.from);
    const cursor = route.parse(this.asked.cursor, origin);
    const engine = engineOfExchange(exchange, channels, undefined);
    const start: Start = { engine, channels, origin, cursor };
    if (!settings.authorize) return this.#join(start);
    return authorizeExchange(settings, exchange, channels, engine, transport).then(() => this.#goOn().#join(start));
  }

  #join(start: Start): Served | Promise<Served> {
    const { engine, channels, cursor } = start;
    if (engine.isClosed) return this.refuse(engine, 'draining');
    if (isDone(channels, this.asked.cursor)) return answerFinished(this.exchange);
    const joining = engine.groups.join(this.route.format, namesOf(channels), cursor);
    return joining instanceof Promise
      ? joining.then((group) => this.#goOn().#enter(start, group))
      : this.#enter(start, joining);
  }

  #goOn(): this {
    this.#hasWaited = true;
    return this;
  }

  #enter(start: Start, group: Group | 'unavailable' | 'full'): Served | Promise<Served> {
    if (typeof group === 'string') return this.refuse(start.engine, group);
    let asking: WholeSnapshot | undefined | Promise<WholeSnapshot>;
    try {
      if (group.followed.some(({ isUnknownRun }) => isUnknownRun) && this.route.settings.unknownRun !== 'wait')
        return this.#answerUnknown(start, group);
      asking = this.#askFor(start, group);
      if (!(asking instanceof Promise)) return this.#answer(start, group, asking);
    } catch (error) {
      return this.#answerError(start, error);
    } finally {
      if (!(asking instanceof Promise)) group.leave();
    }
    return asking
      .then((snapshot) => this.#goOn().#answer(start, group, snapshot))
      .catch((error) => this.#answerError(start, error))
      .finally(() => group.leave());
  }

  #answerUnknown(start: Start, group: Group): undefined {
    const { unknownRun } = this.route.settings;
    const place = unknownRun === 404 ? undefined : lostPlaceOf(start.cursor);
    if (place === undefined) return answerUnknownRun(this.exchange, unknownRun);
    const nothing = { ...emptyBatchAt([], place), more: false, ended: true, outcome: lost };
    return this.#answerNow(start, group, nothing, false);
  }

  #askFor(start: Start, group: Group): WholeSnapshot | undefined | Promise<WholeSnapshot> {
    const { exchange, route, transport, cursor: cursorText } = this;
    const { engine, channels, cursor } = start;
    if (!route.settings.initial && !stateOf(channels)) return undefined;
    const asking = snapshotFor(route.settings, { exchange, engine, channels, group, cursorText, cursor });
    return isPromise(asking) ? waitFor(asking, engine, exchange, transport, route.pendingOptions) : asking;
  }

  #answer(start: Start, group: Group, snapshot: WholeSnapshot | undefined): Served {
    const { exchange, route, asked } = this;
    const { engine, channels, cursor, origin } = start;
    if (this.#hasWaited && exchange.sink.gone) return endAbandoned(exchange);
    const nothing = snapshot ? undefined : route.nothingNew.after(group, asked.cursor);
    const known = snapshot?.positions ?? nothing?.positions;
    const positions = known ?? startPositions(cursor, group.logs, group.tags, origin);
    const rest = nothing ?? group.read(positions, route.limits);
    const whole = snapshot ? withSnapshot(snapshot, rest) : rest;
    const request = route.clients && { exchange, engine, channels };
    const own = (request && route.clients?.withoutOwn(whole, request, asked.name)) ?? whole;
    const batch = route.joining?.join(own) ?? own;
    const hasContent = batch.messages.length > 0 || batch.gap !== undefined;
    if (batch.ended && !hasContent && !batch.outcome) return answerFinished(exchange);
    const isHeld = !hasContent && !batch.more && !batch.ended && asked.wait > 0;
    const key = isHeld && asked.name && heldPollKey(asked.name, clientKeyOf(engine, exchange));
    const refusal = isHeld && findRefusal(engine, exchange);
    // A poll that replaces the held poll of the same client needs no room.
    if (refusal && !(key && route.held.has(group, key))) return this.refuse(engine, refusal);
    // The hub may have closed while this waited, or in `onOpen`.
    const client = engine.isClosed ? undefined : request && route.clients?.enter(request, asked.name);
    if (engine.isClosed) client?.leave('draining');
    if (engine.isClosed) return this.refuse(engine, 'draining');
    if (client?.reason === 'ended') {
      client.leave();
      const { queue } = client;
      if (queue.isEmpty) return answerFinished(exchange);
      // Messages that were sent before the end come together with it.
      const last = emptyBatchAt(positions, formatCursor(positions, group.tags));
      return this.#answerNow(start, group, { ...queue.takeInto(last), more: false, ended: true }, true);
    }
    const hasOwn = client?.queue.isEmpty === false;
    if (!isHeld || hasOwn) {
      try {
        const isOwn = snapshot !== undefined || batch.isApart || hasOwn;
        return this.#answerNow(start, group, client?.queue.takeInto(batch) ?? batch, isOwn);
      } finally {
        client?.leave(batch.ended ? 'ended' : undefined);
      }
    }
    const { sink, answers } = exchange;
    const poll = new HeldPoll(engine, group.enter(), sink, route.answers, answers, client?.queue, asked.cursor);
    if (key) route.held.replace(group, key, poll);
    poll.hold(asked.wait);
    exchange.askedClosing?.follow(poll);
    client?.hold(poll);
    return poll;
  }

  #answerNow({ engine: host }: Start, group: Group, batch: Batch, isOwn: boolean): undefined {
    const { incoming, answers } = this.exchange;
    this.route.answers.answer(answers, batch, isOwn, { host, group, cursorText: this.cursor, incoming });
  }

  #answerError({ engine }: Start, error: unknown): undefined {
    const { observer } = engine;
    if (error instanceof LargeSnapshot) {
      observer.failed(error, 'a poll was refused');
      throw notAcceptable('The state is too large for a poll.');
    }
    if (!isUnreachable(error)) throw error;
    observer.failed(error, 'a client was asked to come back later');
    return this.refuse(engine, 'unavailable');
  }
}
