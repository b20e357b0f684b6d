import { type Frame, PushwireError } from '../../src/index';
import type { Transport, TransportListener } from '../../src/transports/transport';
import type { SimulatedTab } from './tabs';

/** A connection of a tab to the state. */
interface StateStream {
  readonly tab: SimulatedTab;
  readonly listener: TransportListener;
  isOpen: boolean;
  /** The place of the next poll, where it polls. */
  cursor: string | undefined;
}

/** A server with one state, to which tabs of a browser connect. Frames wait in the tabs' inboxes. */
export class StateOfTabs {
  readonly values = new Map<string, number>();
  readonly streams = new Set<StateStream>();
  readonly #changedAt = new Map<string, number>();
  #epoch = 0;
  #offset = 0;
  #floor = 0;

  constructor(
    readonly pick: (count: number) => number,
    /** True where tabs poll. */
    readonly polls = false,
  ) {}

  transportOf(tab: SimulatedTab): Transport {
    return {
      name: 'fake',
      open: ({ cursor }, listener) => {
        const stream = { tab, listener, isOpen: true, cursor };
        this.streams.add(stream);
        tab.opened++;
        if (this.polls) this.#poll(stream);
        else this.#send(stream, this.#beginning(cursor));
        return { close: () => this.#end(stream) };
      },
    };
  }

  set(key: string, value: number): void {
    this.values.set(key, value);
    this.#changed(key);
  }

  delete(key: string): void {
    if (this.values.delete(key)) this.#changed(key);
  }

  /** All begins anew, and streams are told of that. */
  clear(): void {
    this.#epoch++;
    this.#offset = this.#floor = 0;
    this.values.clear();
    this.#changedAt.clear();
    for (const stream of this.streams) {
      if (this.polls) this.#poll(stream);
      else this.#send(stream, this.#gap('start'));
    }
  }

  /** Forgets the deletions so far. */
  evict(): void {
    this.#floor = this.#offset;
    for (const key of this.#changedAt.keys()) if (!this.values.has(key)) this.#changedAt.delete(key);
  }

  /** Cuts all connections of a tab. */
  cut(tab: SimulatedTab): void {
    for (const stream of this.streams) {
      if (stream.tab !== tab) continue;
      tab.inboxes.frame.push(() => {
        if (stream.isOpen) stream.listener.onClose(new PushwireError('network'));
      });
    }
  }

  get #place(): string {
    return `e${this.#epoch}.${this.#offset}`;
  }

  #end(stream: StateStream): void {
    stream.isOpen = false;
    this.streams.delete(stream);
  }

  #changed(key: string): void {
    this.#changedAt.set(key, ++this.#offset);
    for (const stream of this.streams) {
      if (this.polls) this.#poll(stream);
      else this.#send(stream, [this.#frameOf(key, this.#place)]);
    }
  }

  #frameOf(key: string, id: string): Frame {
    return this.values.has(key) ? { id, key, data: this.values.get(key) } : { id, key, deleted: true };
  }

  #beginning(from: string | undefined): Frame[] {
    const open = (id: string): Frame => ({
      event: 'pushwire:open',
      id,
      data: { cursor: id, heartbeat: 1e9, retry: 1000, ...(from && { from }) },
    });
    if (!from || from === 'start') {
      return this.values.size > 0 ? [open('start'), ...this.#snapshot()] : [open(this.#place)];
    }
    const changes = this.#changesSince(from);
    return [open(from), ...(changes ?? this.#gap(from))];
  }

  /** The answer to the next poll comes in one turn, unless it is at the place already. */
  #poll(stream: StateStream): void {
    stream.tab.inboxes.frame.push(() => {
      const { cursor: from, listener } = stream;
      const id = this.#place;
      if (!stream.isOpen || (from === id && this.pick(2))) return;
      stream.cursor = id;
      listener.onFrame({ event: 'pushwire:open', id: from ?? id, data: { from, heartbeat: 1e9 } });
      const changes = from && this.#changesSince(from);
      if (from && !changes) listener.onFrame({ event: 'pushwire:gap', id, data: { reason: 'epoch', cursor: id } });
      for (const frame of changes || this.#snapshot().slice(0, -1)) listener.onFrame(frame);
      listener.onFrame({ event: 'pushwire:heartbeat', id, data: {} });
    });
  }

  /** Returns nothing where a gap is before the next changes. */
  #changesSince(from: string): Frame[] | undefined {
    const offset = Number(from.slice(from.indexOf('.') + 1));
    if (!from.startsWith(`e${this.#epoch}.`) || offset < this.#floor) return undefined;
    const changed = [...this.#changedAt].filter(([, at]) => at > offset).sort(([, a], [, b]) => a - b);
    return changed.map(([key, at]) => this.#frameOf(key, `e${this.#epoch}.${at}`));
  }

  #gap(cursor: string): Frame[] {
    return [{ event: 'pushwire:gap', id: cursor, data: { reason: 'epoch', cursor } }, ...this.#snapshot()];
  }

  #snapshot(): Frame[] {
    const cursor = this.#place;
    const empty = this.pick(2) ? { id: '' } : {};
    const values = [...this.values].map(([key, data]) => ({ ...empty, key, data }));
    return [...values, { event: 'pushwire:snapshot', id: cursor, data: { cursor } }];
  }

  /** Frames come one by one, or in one turn. */
  #send(stream: StateStream, frames: readonly Frame[]): void {
    const parts = this.pick(2) ? [frames] : frames.map((frame) => [frame]);
    for (const part of parts) {
      stream.tab.inboxes.frame.push(() => {
        for (const frame of part) if (stream.isOpen) stream.listener.onFrame(frame);
      });
    }
  }
}
