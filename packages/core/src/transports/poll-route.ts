import type { GroupFormat } from '../delivery/group-format';
import { type Joining, joiningOf } from '../delivery/joining';
import type { PendingOptions } from '../http/transport';
import { type BatchLimits, defaultBatchLimits } from '../log/batch';
import { type Cursor, formatCursor, parseCursor } from '../log/cursor';
import type { Origin } from '../log/start';
import { HeldPolls } from './held-polls';
import { NothingNew } from './nothing-new';
import { PollAnswers } from './poll-answers';
import { PollClients } from './poll-clients';
import { type PollRouteSettings, pollDefaults } from './poll-options';
import { PollQueries } from './poll-query';

let routeCount = 0;

/** The parts that all polls of a route share: their answers, their clients, and those that wait. */
export class PollRoute<Request> {
  readonly settings: PollRouteSettings<Request>;
  readonly format: GroupFormat;
  readonly limits: BatchLimits;
  readonly answers: PollAnswers<Request>;
  readonly held = new HeldPolls();
  readonly nothingNew = new NothingNew();
  readonly transportName: 'poll' | 'long-poll';
  readonly pendingOptions: PendingOptions;
  readonly queries: PollQueries;
  #parsed: { readonly text: string | undefined; readonly origin: Origin; readonly cursor: Cursor } | undefined;
  readonly joining: Joining | undefined;
  /** Absent on a route without hooks. */
  readonly clients: PollClients<Request> | undefined;

  constructor(settings: PollRouteSettings<Request>) {
    this.settings = settings;
    const { sourceTimeout, hub } = settings;
    this.pendingOptions = { sourceTimeout, hub };
    this.transportName = settings.interval === undefined ? 'long-poll' : 'poll';
    this.queries = new PollQueries(settings);
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
}
