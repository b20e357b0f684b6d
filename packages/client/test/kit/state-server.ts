import { type Frame, PushwireError } from '../../src/index';
import type { Transport, TransportListener } from '../../src/transports/transport';

/** How an attempt is served. */
export interface Fate {
  readonly by: 'stream' | 'poll';
  /** The cursor does not reach the server. */
  readonly dropsCursor: boolean;
}

/** A frame, and what the client must have after it, if that is something else than before. */
interface Item {
  readonly frame: Frame;
  readonly becomes?: (values: Map<string, unknown>) => Map<string, unknown>;
}

interface Attempt {
  readonly by: Fate['by'];
  readonly listener: TransportListener;
  /** What a stream has not delivered yet. */
  readonly items: Item[];
  /** The place of a client that polls. */
  cursor: string | undefined;
}

/** A server with one state, a network, and what a client must have. PROTOCOL.md, section 3.1. */
export class StateServer {
  /** The values of a client that has got all frames which were delivered. */
  expected: Map<string, unknown> = new Map();
  isWhole = false;
  readonly fates: Fate[] = [];
  readonly values = new Map<string, unknown>();
  #attempt: Attempt | undefined;
  #epoch = 0;
  #offset = 0;
  #floor = 0;
  readonly #changedAt = new Map<string, number>();

  readonly transport: Transport = {
    name: 'fake',
    open: ({ cursor }, listener) => {
      const { by, dropsCursor } = this.fates.shift() ?? { by: 'stream', dropsCursor: false };
      const attempt: Attempt = { by, listener, items: [], cursor: dropsCursor ? undefined : cursor };
      this.#attempt = attempt;
      if (by === 'stream') attempt.items.push(...this.#beginning(attempt.cursor));
      return { close: () => void (this.#attempt === attempt && (this.#attempt = undefined)) };
    },
  };

  set(key: string, value: unknown): void {
    this.values.set(key, value);
    this.#change(key);
  }

  delete(key: string): void {
    if (this.values.delete(key)) this.#change(key);
  }

  /** All begins anew. A stream is told of that. */
  clear(): void {
    this.#epoch++;
    this.#offset = this.#floor = 0;
    this.values.clear();
    this.#changedAt.clear();
    this.#gapAtOnce();
  }

  /** Forgets the deletions so far. A client that may lack one gets a gap. */
  evict(): void {
    this.#floor = this.#offset;
    for (const key of this.#changedAt.keys()) if (!this.values.has(key)) this.#changedAt.delete(key);
  }

  /** The log has moved past a slow client. */
  overrun(): void {
    this.#gapAtOnce();
  }

  /** Delivers some frames of a stream, or the next answer to a poll, in one turn. */
  deliver(count: number): void {
    const attempt = this.#attempt;
    if (!attempt) return;
    const items = attempt.by === 'stream' ? attempt.items.splice(0, count) : this.#answer(attempt);
    for (const { frame, becomes } of items) {
      if (becomes) this.expected = becomes(this.expected);
      this.isWhole ||= !!becomes;
      attempt.listener.onFrame(frame);
    }
  }

  cut(): void {
    this.#attempt?.listener.onClose(new PushwireError('network'));
  }

  get #place(): string {
    return `e${this.#epoch}.${this.#offset}`;
  }

  #change(key: string): void {
    this.#changedAt.set(key, ++this.#offset);
    if (this.#attempt?.by === 'stream') this.#attempt.items.push(this.#item(key, this.#place));
  }

  #item(key: string, id: string): Item {
    const [has, data] = [this.values.has(key), this.values.get(key)];
    const becomes = (values: Map<string, unknown>) => {
      const next = new Map(values);
      if (has) next.set(key, data);
      else next.delete(key);
      return next;
    };
    return { frame: has ? { id, key, data } : { id, key, deleted: true }, becomes };
  }

  /** The state as it is now, for a client that keeps its cursor until it has all. */
  *#snapshot(): Generator<Item> {
    const now = new Map(this.values);
    // Server-Sent Events give such messages an empty id, and WebSockets none.
    for (const [key, data] of now) yield { frame: { ...(this.#offset % 2 && { id: '' }), key, data } };
    const cursor = this.#place;
    yield { frame: { event: 'pushwire:snapshot', id: cursor, data: { cursor } }, becomes: () => now };
  }

  *#beginning(from: string | undefined): Generator<Item> {
    const open = (id: string): Frame => ({
      event: 'pushwire:open',
      id,
      data: { cursor: id, heartbeat: 1e9, retry: 1000, ...(from && { from }) },
    });
    if (from && from !== 'start') {
      yield { frame: open(from) };
      if (this.#canGoOn(from)) yield* this.#changesSince(from);
      else yield* this.#gap(from);
    } else if (this.values.size > 0) {
      yield { frame: open('start') };
      yield* this.#snapshot();
    } else yield { frame: open(this.#place), becomes: () => new Map() };
  }

  *#gap(cursor: string): Generator<Item> {
    yield { frame: { event: 'pushwire:gap', id: cursor, data: { reason: 'epoch', cursor } } };
    yield* this.#snapshot();
  }

  *#changesSince(cursor: string): Generator<Item> {
    const changed = [...this.#changedAt].filter(([, at]) => at > offsetOf(cursor)).sort(([, a], [, b]) => a - b);
    for (const [key, at] of changed) yield this.#item(key, `e${this.#epoch}.${at}`);
  }

  #canGoOn(cursor: string): boolean {
    return cursor.startsWith(`e${this.#epoch}.`) && offsetOf(cursor) >= this.#floor;
  }

  #gapAtOnce(): void {
    const attempt = this.#attempt;
    if (attempt?.by !== 'stream') return;
    // What was on its way is lost.
    const isOpen = attempt.items[0]?.frame.event !== 'pushwire:open';
    attempt.items.length = 0;
    if (isOpen) attempt.items.push(...this.#gap('start'));
    else attempt.items.push(...this.#beginning(attempt.cursor));
  }

  #answer(attempt: Attempt): Item[] {
    const { cursor: from } = attempt;
    const next = this.#place;
    const isAnew = !from || from === 'start';
    const isGap = !isAnew && !this.#canGoOn(from);
    attempt.cursor = next;
    const open: Frame = { event: 'pushwire:open', id: from ?? next, data: { from, heartbeat: 1e9 } };
    const gap: Frame = { event: 'pushwire:gap', id: next, data: { reason: 'epoch', cursor: next } };
    const changes = isAnew || isGap ? [...this.#snapshot()].slice(0, -1) : [...this.#changesSince(from)];
    const all = new Map(this.values);
    const last: Frame = { event: 'pushwire:heartbeat', id: next, data: {} };
    return [{ frame: open }, ...(isGap ? [{ frame: gap }] : []), ...changes, { frame: last, becomes: () => all }];
  }
}

const offsetOf = (cursor: string) => Number(cursor.slice(cursor.indexOf('.') + 1));
