import { badRequest, PushwireError } from '../checks/errors';
import type { HubRefusal } from '../delivery/close-reason';
import type { GroupFormat } from '../delivery/group-format';
import { HeldPoll } from '../delivery/held-poll';
import { answerFinished, answerRetryLater } from '../http/answers';
import { authorizeExchange } from '../http/authorization';
import { clientKeyOf } from '../http/client-key';
import { engineOfExchange } from '../http/engine-of';
import { errorListener } from '../http/error-listener';
import { endAbandoned } from '../http/exchange';
import { attachHooks } from '../http/hooks';
import { cursorOf } from '../http/query';
import { findRefusal } from '../http/refusal';
import type { CheckedFeed } from '../http/source';
import type { Transport } from '../http/transport';
import type { Channel } from '../hub/channel';
import type { Engine } from '../hub/engine';
import { type BatchLimits, defaultBatchLimits } from '../log/batch';
import { formatCursor, parseCursor } from '../log/cursor';
import { startPositions } from '../log/start-positions';
import { HeldPolls, heldPollKey } from './held-polls';
import { PollAnswers } from './poll-answers';
import { type PollRouteSettings, pollDefaults } from './poll-options';

const clientPattern = /^[\w-]{1,64}$/;

let routeCount = 0;

/** One route of polls: makes their answers, and knows which clients wait. */
export class PollRoute<Request> {
  readonly #settings: PollRouteSettings<Request>;
  readonly #format: GroupFormat;
  readonly #limits: BatchLimits;
  readonly #answers: PollAnswers<Request>;
  readonly #held = new HeldPolls();

  constructor(settings: PollRouteSettings<Request>) {
    this.#settings = settings;
    this.#limits = { ...defaultBatchLimits, messages: settings.maxMessages ?? pollDefaults.maxMessages };
    this.#answers = new PollAnswers(settings, this.#limits);
    this.#format = {
      name: `poll ${++routeCount}`,
      transport: settings.interval === undefined ? 'long-poll' : 'poll',
      batch: (batch, from, tags) => this.#answers.body(batch, { from: formatCursor(from, tags) }),
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
      const batch = group.read(positions, this.#limits);
      const hasContent = batch.messages.length > 0 || batch.gap !== undefined;
      const responder = this.#answers.responderFor(engine, group, cursorText, exchange);
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
