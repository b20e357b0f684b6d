import { badRequest } from '../checks/errors';
import type { GroupFormat } from '../delivery/group-format';
import { type Joining, joiningOf } from '../delivery/joining';
import type { Exchange } from '../http/exchange';
import { cursorOf, waitOf } from '../http/query';
import type { PendingOptions, Transport } from '../http/transport';
import { type BatchLimits, defaultBatchLimits } from '../log/batch';
import { type Cursor, formatCursor, isWithoutPlace, parseCursor } from '../log/cursor';
import type { Origin } from '../log/start';
import { HeldPolls } from './held-polls';
import { NothingNew } from './nothing-new';
import { PollAnswers } from './poll-answers';
import { PollClients } from './poll-clients';
import { type PollRouteSettings, pollDefaults } from './poll-options';
import { type Asked, ServedPoll } from './served-poll';

const clientPattern = /^[\w-]{1,64}$/;

let routeCount = 0;

/** One route of polls: makes their answers, and knows which clients wait. */
export class PollRoute<Request> {
  readonly settings: PollRouteSettings<Request>;
  readonly format: GroupFormat;
  readonly limits: BatchLimits;
  readonly answers: PollAnswers<Request>;
  readonly held = new HeldPolls();
  readonly nothingNew = new NothingNew();
  readonly transportName: 'poll' | 'long-poll';
  readonly pendingOptions: PendingOptions;
  #last: { readonly query: URLSearchParams; readonly asked: Asked } | undefined;
  #parsed: { readonly text: string | undefined; readonly origin: Origin; readonly cursor: Cursor } | undefined;
  readonly joining: Joining | undefined;
  /** Absent on a route without hooks. */
  readonly clients: PollClients<Request> | undefined;

  constructor(settings: PollRouteSettings<Request>) {
    this.settings = settings;
    const { sourceTimeout, hub } = settings;
    this.pendingOptions = { sourceTimeout, hub };
    this.transportName = settings.interval === undefined ? 'long-poll' : 'poll';
    this.joining = joiningOf(settings.join);
    if (settings.presence || settings.onOpen || settings.onClose) this.clients = new PollClients(settings);
    this.limits = { ...defaultBatchLimits, messages: settings.maxMessages ?? pollDefaults.maxMessages };
    this.answers = new PollAnswers(settings, this.limits);
    this.format = {
      name: `poll ${++routeCount}`,
      transport: this.transportName,
      batch: (batch, from, tags) => this.answers.body(batch, { from: formatCursor(from, tags) }),
      limits: this.limits,
      batchDelay: settings.batchDelay,
      isPolled: true,
    };
  }

  /** Most polls have the cursor of the one before. */
  parse(text: string | undefined, origin: Origin): Cursor {
    if (this.#parsed?.text !== text || this.#parsed?.origin !== origin) {
      this.#parsed = { text, origin, cursor: parseCursor(text, origin) };
    }
    return this.#parsed.cursor;
  }

  readonly transport: Transport<Request> = (exchange) => new ServedPoll(this, exchange, this.#asked(exchange));

  /** Most polls ask for the same as the one before. */
  #asked({ incoming, query }: Exchange<Request>): Asked {
    const isPlain = incoming.method === 'GET' && incoming.headers['last-event-id'] === undefined;
    if (isPlain && this.#last?.query === query) return this.#last.asked;
    const { parameter, first, wait: longest } = this.settings;
    const cursor = cursorOf(incoming, query, parameter);
    const waits = incoming.method !== 'HEAD' && (first === 'wait' || !isWithoutPlace(cursor));
    const wait = waitOf(query, longest);
    const asked = { cursor, wait: waits ? wait : 0, name: clientOf(query) };
    if (isPlain) this.#last = { query, asked };
    return asked;
  }
}

function clientOf(query: URLSearchParams): string | undefined {
  const client = query.get('client') ?? undefined;
  if (client !== undefined && !clientPattern.test(client)) {
    throw badRequest('The client must be 1 to 64 letters, digits, _ and -.');
  }
  return client;
}
