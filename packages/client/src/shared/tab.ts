import type { ConnectionStatus } from '../connection.js';
import { createEmitter, type Emitter } from '../emitter.js';
import { isClosed } from '../machine/machine.js';
import type { PushwireError } from '../wire/error.js';
import { type Frame, noPlace, told } from '../wire/frame.js';

/** Ids that a tab remembers: more than tabs can be apart when their leader dies. */
const maxRecent = 1000;

/** The listeners of one tab, and what they have got so far. */
export class Tab {
  cursor: string | undefined;
  status: ConnectionStatus;
  /** True until a snapshot of its state has come, and when a part of another one has. */
  isPartial: boolean;
  readonly #recent = new Set<string>();
  readonly #emitter = createEmitter();

  /** @param isState true for a copy of a state, which needs all values that it begins with. */
  constructor(
    cursor: string | undefined,
    now: number,
    readonly isState: boolean,
  ) {
    this.cursor = cursor;
    this.isPartial = isState && cursor === undefined;
    this.status = { status: 'waiting', transport: '', since: now };
  }

  get on(): Emitter['on'] {
    return this.#emitter.on;
  }

  get isClosed(): boolean {
    return isClosed(this.status);
  }

  /** Tells if this tab is at the cursor, or was there lately. */
  hasSeen(cursor: string | undefined): boolean {
    return !this.isPartial && (cursor === this.cursor || (cursor !== undefined && this.#recent.has(cursor)));
  }

  /** Tells if this tab can go on with a message whose sender was at a cursor before it. */
  canGoOn(from: string | undefined): boolean {
    if (this.isState) return !this.isPartial && from !== undefined && from === this.cursor;
    return this.cursor === undefined || this.cursor === from;
  }

  /** Passes a message or a gap to the listeners, and moves the cursor to its id. */
  deliver(type: 'message' | 'gap', frame: Frame): void {
    if (this.isClosed) return;
    const message = { event: 'message', ...frame };
    const { id, event, data } = message;
    // Server-Sent Events have an empty id where the place stays.
    if (id) {
      this.cursor = id;
      this.#recent.add(id);
      const [oldest] = this.#recent;
      if (this.#recent.size > maxRecent && oldest !== undefined) this.#recent.delete(oldest);
    }
    if (this.isState && event === told) this.#learn(data as Frame);
    this.#emitter.emit(type, type === 'gap' ? data : message);
    if (type === 'message') this.#emitter.emit(`on ${event}`, data, message);
  }

  /** Takes note of a control frame, as a copy of a state does. */
  #learn({ event, id }: Frame): void {
    if (event === 'pushwire:open') this.isPartial = id === noPlace;
    else if (event === 'pushwire:gap') this.isPartial = true;
    else if (event === 'pushwire:snapshot' || id) this.isPartial = false;
  }

  setStatus({ status, transport, since, end }: ConnectionStatus): void {
    const isNew = status !== this.status.status || transport !== this.status.transport;
    if (this.isClosed || !isNew) return;
    this.status = { status, transport, since, end };
    this.#emitter.emit('status', this.status);
  }

  reportError(error: PushwireError): void {
    this.#emitter.emit('error', error);
  }
}
