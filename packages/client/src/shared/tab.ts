import type { ConnectionStatus } from '../connection.js';
import { createEmitter, type Emitter } from '../emitter.js';
import { isClosed } from '../machine/machine.js';
import type { PushwireError } from '../wire/error.js';
import type { Frame } from '../wire/frame.js';

/** Ids that a tab remembers: more than tabs can be apart when their leader dies. */
const maxRecent = 1000;

/** The listeners of one tab, and what they have got so far. */
export class Tab {
  cursor: string | undefined;
  status: ConnectionStatus;
  readonly #recent = new Set<string>();
  readonly #emitter = createEmitter();

  constructor(cursor: string | undefined, now: number) {
    this.cursor = cursor;
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
    return cursor === this.cursor || (cursor !== undefined && this.#recent.has(cursor));
  }

  /** Passes a message or a gap to the listeners, and moves the cursor to its id. */
  deliver(type: 'message' | 'gap', frame: Frame): void {
    if (this.isClosed) return;
    const message = { event: 'message', ...frame };
    const { id, event, data } = message;
    if (id !== undefined) {
      this.cursor = id;
      this.#recent.add(id);
      const [oldest] = this.#recent;
      if (this.#recent.size > maxRecent && oldest !== undefined) this.#recent.delete(oldest);
    }
    this.#emitter.emit(type, type === 'gap' ? data : message);
    if (type === 'message') this.#emitter.emit(`on ${event}`, data, message);
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
