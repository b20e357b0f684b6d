import type { ConnectionStatus } from '../connection.js';
import { createEmitter, type Emitter } from '../emitter.js';
import type { PushwireError } from '../wire/error.js';
import type { Frame } from '../wire/frame.js';
import { isOver } from '../machine/machine.js';

/** How many ids a tab remembers: more than tabs can be apart when their leader dies. */
const mostRecent = 1000;

/** What one tab has seen, and who listens in it. */
export class Tab {
  cursor: string | undefined;
  doing: ConnectionStatus;
  readonly #recent = new Set<string>();
  readonly #emitter = createEmitter();

  constructor(cursor: string | undefined, now: number) {
    this.cursor = cursor;
    this.doing = { status: 'waiting', transport: '', since: now };
  }

  get on(): Emitter['on'] {
    return this.#emitter.on;
  }

  get isOver(): boolean {
    return isOver(this.doing);
  }

  /** Whether a place is behind this tab. */
  knows(cursor: string | undefined): boolean {
    return cursor === this.cursor || (cursor !== undefined && this.#recent.has(cursor));
  }

  /** Hands a message or a gap on, which leads to its id. */
  deliver(type: 'message' | 'gap', { id, event = 'message', data }: Frame): void {
    if (this.isOver) return;
    if (id !== undefined) {
      this.cursor = id;
      this.#recent.add(id);
      const [oldest] = this.#recent;
      if (this.#recent.size > mostRecent && oldest !== undefined) this.#recent.delete(oldest);
    }
    const message = { id, event, data };
    this.#emitter.emit(type, type === 'gap' ? data : message);
    if (type === 'message') this.#emitter.emit(`on ${event}`, data, message);
  }

  tell(doing: ConnectionStatus): void {
    const { status, transport, since } = doing;
    const isNew = status !== this.doing.status || transport !== this.doing.transport;
    if (this.isOver || !isNew) return;
    this.doing = { status, transport, since };
    this.#emitter.emit('status', this.doing);
  }

  fail(error: PushwireError): void {
    this.#emitter.emit('error', error);
  }
}
