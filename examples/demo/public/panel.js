import { connect } from '/client/index.js';
import { Delays } from './delays.js';
import { Ledger } from './ledger.js';
import { Rate } from './rate.js';
import { serverNow } from './server-clock.js';
import { bytesOf } from './transfers.js';
import { panelUrl } from './visitor.js';
import { watchWire } from './wire.js';

/** Milliseconds of silence that end a catch-up. */
const pause = 150;

/** The most cursors that a replay can start from. */
const maxMarks = 600;

/**
 * One connection and its counts. It emits `change`, `message`, `gap`, `lost`, `trouble`, `node`,
 * and `back` and `replayed` with an account of the messages.
 */
export class Panel extends EventTarget {
  messages = new Rate();
  requests = new Rate();
  bytes = new Rate();
  delays = new Delays();
  ledger = new Ledger();
  status = 'off';
  since = Date.now();
  node = undefined;
  /** Cursors of received messages, with their times. */
  marks = [];
  #connection;
  #arrival = 'live';
  #account;
  #lostAt;
  #settling;

  /**
   * @param settings `transports`, optionally `refused` (a set of transports), `options` of
   *   `connect`, and `countsFrames` when only the messages can be counted.
   */
  constructor({ name, title, transports, refused = new Set(), countsFrames = false, options = {} }) {
    super();
    Object.assign(this, { name, title, transports, refused, countsFrames, options });
  }

  get transport() {
    return this.#connection?.transport;
  }

  get isOn() {
    return this.#connection !== undefined;
  }

  /** @param cursor the cursor to begin from. Without it, the panel begins now. */
  start(cursor) {
    const wire = watchWire(
      {
        asked: () => this.#count(this.requests, 1),
        received: (bytes) => this.#count(this.bytes, bytes),
        answeredBy: (node) => this.#isAt(node),
      },
      this.refused,
    );
    const connection = (this.#connection = connect(panelUrl(this.name), {
      ...wire,
      ...(cursor !== undefined && { cursor }),
      transports: this.transports,
      retry: 500,
      maxRetry: 4000,
      ...this.options,
    }));
    this.ledger.begin(cursor);
    // Events of a replaced connection are ignored.
    const whileOn = (listener) => (value) => connection === this.#connection && listener(value);
    connection.onStatus(whileOn((status) => this.#became(status)));
    connection.onAny(whileOn((message) => this.#took(message)));
    connection.onError(whileOn((error) => this.#tell('trouble', error)));
    connection.onGap(
      whileOn((gap) => {
        this.ledger.gap(gap);
        this.#tell('gap', gap);
      }),
    );
  }

  stop() {
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.close();
    clearTimeout(this.#settling);
    this.#account = this.#lostAt = undefined;
    this.#arrival = 'live';
    this.#show('off', Date.now());
  }

  /** Reads the history again from a cursor. `0` is the oldest kept message. */
  replay(cursor) {
    this.stop();
    this.start(cursor);
    this.#arrival = 'replay';
    this.#account = { tell: 'replayed', messages: 0, from: Date.now(), before: this.ledger.tally };
  }

  /** Returns the last cursor received before so many seconds ago. */
  markBefore(seconds) {
    const until = Date.now() - seconds * 1000;
    return (this.marks.findLast(({ at }) => at <= until) ?? this.marks[0])?.cursor;
  }

  #became({ status, since }) {
    if (status === 'connecting' && this.countsFrames) this.#count(this.requests, 1);
    if (status === 'open') this.#opened();
    else if (this.status === 'open') {
      this.#lostAt = Date.now();
      this.#tell('lost');
    }
    this.#show(status, since);
  }

  #opened() {
    if (this.#lostAt !== undefined) {
      this.#arrival = 'return';
      const before = this.#account?.before ?? this.ledger.tally;
      this.#account = { tell: 'back', messages: 0, from: this.#lostAt, away: Date.now() - this.#lostAt, before };
      this.#lostAt = undefined;
    }
    if (this.#arrival !== 'live') this.#settleSoon();
  }

  #took({ event, data, id }) {
    const [at, kind] = [Date.now(), this.#arrival];
    if (id !== undefined) {
      this.ledger.take(id, kind);
      if (kind !== 'replay') this.marks.push({ at, cursor: id });
      if (this.marks.length > maxMarks) this.marks.shift();
    }
    if (event === 'node' && data?.pid && !data.state) this.#isAt(data.name);
    // The delay of a message that comes in a catch-up is not the transport's fault.
    if (event === 'ping' && data?.time && kind === 'live')
      this.delays.add(Math.max(0, serverNow() - Date.parse(data.time)), at);
    if (this.countsFrames) this.#count(this.bytes, bytesOf(JSON.stringify({ id, event, data })));
    if (this.#account) {
      this.#account.messages++;
      this.#account.took = at - this.#account.from;
    }
    if (kind !== 'live') this.#settleSoon();
    this.#count(this.messages, 1);
    this.#tell('message', { event, data, at, kind });
  }

  #settleSoon() {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => {
      this.#arrival = 'live';
      const account = this.#account;
      this.#account = undefined;
      if (account) this.#tell(account.tell, { ...account, ...difference(account.before, this.ledger.tally) });
    }, pause);
  }

  #isAt(node) {
    if (node === this.node) return;
    this.node = node;
    this.#tell('node', node);
  }

  #count(rate, count) {
    rate.add(count);
    this.#tell('change');
  }

  #show(status, since) {
    Object.assign(this, { status, since });
    this.#tell('change');
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

function difference(before, now) {
  return { missing: now.missing - before.missing, twice: now.twice - before.twice };
}
