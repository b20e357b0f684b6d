import type { Connection, Gap } from '../../src/connection';
import type { Clock } from '../../src/environment/clock';
import type { ConnectOptions } from '../../src/options';
import { connectShared, type SharedOptions } from '../../src/shared';
import type { Transport, TransportListener } from '../../src/transports/transport';
import { FakeClock } from './fake-clock';
import { Locks } from './locks';

// A browser with tabs that share a connection. All that a tab gets from outside waits in the tab's
// inboxes: timers, frames, messages of other tabs, locks. A suspended tab gets nothing until it wakes,
// and then everything, in any order of the inboxes.

type Source = 'timer' | 'frame' | 'tab' | 'lock';

/** One tab, and everything that it received. */
export class SimulatedTab {
  readonly inboxes: Record<Source, (() => void)[]> = { timer: [], frame: [], tab: [], lock: [] };
  readonly received: unknown[] = [];
  readonly gaps: Gap[] = [];
  readonly sends: { readonly data: string; outcome?: string }[] = [];
  isSuspended = false;
  /** The connections of this tab that the server serves. */
  readonly streams = new Set<Stream>();
  /** The connections that it has opened so far. */
  opened = 0;
  connection!: Connection;
  connectOptions: ConnectOptions = {};
  sharedOptions: Pick<SharedOptions, 'locks' | 'BroadcastChannel'> = {};

  /** Runs the oldest entry of the inbox that `pick` chooses. Returns false if all are empty. */
  runOne(pick: (count: number) => number): boolean {
    const full = this.isSuspended ? [] : Object.values(this.inboxes).filter(({ length }) => length > 0);
    full[pick(full.length)]?.shift()?.();
    return full.length > 0;
  }
}

interface Stream {
  at: number;
  readonly listener: TransportListener;
}

/** A browser, the server, and the clock of both. */
export class TabsOfBrowser {
  readonly clock = new FakeClock();
  readonly tabs: SimulatedTab[] = [];
  /** Everything that tabs have sent to the server. */
  readonly sent: string[] = [];
  head = 0;
  /** Is called for each message between tabs. */
  onPost: (tab: SimulatedTab, type: string) => void = () => {};
  readonly #locks = new Locks();
  readonly #channels = new Set<{ tab: SimulatedTab; onmessage?: (event: { data: unknown }) => void }>();

  constructor(
    /** Returns an index below `count`. */
    readonly pick: (count: number) => number,
    readonly locksWork = true,
  ) {}

  get connections(): number {
    return this.tabs.reduce((sum, { streams }) => sum + streams.size, 0);
  }

  open(options: SharedOptions = {}): SimulatedTab {
    const tab = this.openWith((tab) => this.#transportOf(tab));
    const connection = connectShared('http://server/a', { ...tab.connectOptions, ...tab.sharedOptions, ...options });
    connection.onAny(({ data }) => tab.received.push(data));
    connection.onGap((gap) => tab.gaps.push(gap));
    tab.connection = connection;
    return tab;
  }

  /** Opens a tab that has no connection yet. */
  openWith(transportOf: (tab: SimulatedTab) => Transport): SimulatedTab {
    const tab = new SimulatedTab();
    this.tabs.push(tab);
    tab.connectOptions = {
      clock: this.#clockOf(tab),
      random: () => this.pick(100) / 100,
      transports: [transportOf(tab)],
      memory: new Map(),
    };
    tab.sharedOptions = { locks: this.#locksOf(tab), BroadcastChannel: this.#broadcastChannelOf(tab) };
    return tab;
  }

  publish(): void {
    this.head++;
    for (const tab of this.tabs) for (const stream of tab.streams) this.#serve(tab, stream);
  }

  /** Ends the source. */
  end(data: object): void {
    const frame = { id: `e.${this.head + 1}`, event: 'pushwire:end', data };
    for (const tab of this.tabs) {
      for (const { listener } of tab.streams) tab.inboxes.frame.push(() => listener.onFrame(frame));
    }
  }

  send(tab: SimulatedTab, data: string): void {
    const send: SimulatedTab['sends'][number] = { data };
    tab.sends.push(send);
    tab.connection.send(data).then(
      () => (send.outcome = 'sent'),
      ({ code }) => (send.outcome = code),
    );
  }

  /** Kills a tab: nothing of it runs any more, and the browser frees its lock. */
  close(tab: SimulatedTab): void {
    tab.connection.close();
    this.tabs.splice(this.tabs.indexOf(tab), 1);
  }

  /** Advances the time in steps, with everything that happens meanwhile. */
  async advance(ms: number): Promise<void> {
    for (let rest = ms; rest > 0; rest -= 500) {
      this.clock.advance(Math.min(500, rest));
      await this.settle();
    }
  }

  /** Runs what waits in the inboxes of all tabs that are not suspended. */
  async settle(): Promise<void> {
    for (let idleTurns = 0; idleTurns < 3; idleTurns++) {
      const order = [...this.tabs];
      while (order.length > 0) {
        const [tab] = order.splice(this.pick(order.length), 1);
        if (tab?.runOne(this.pick)) idleTurns = -1;
      }
      // Promises settle, and locks are granted, in tasks of their own.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #serve(tab: SimulatedTab, stream: Stream): void {
    while (stream.at < this.head) {
      const data = ++stream.at;
      tab.inboxes.frame.push(() => stream.listener.onFrame({ id: `e.${data}`, data }));
    }
  }

  #transportOf(tab: SimulatedTab): Transport {
    return {
      name: 'fake',
      open: ({ cursor }, listener) => {
        const stream = { at: cursor ? Number(cursor.replace('e.', '')) : this.head, listener };
        tab.streams.add(stream);
        tab.opened++;
        const data = { heartbeat: 1e9, retry: 1000 };
        const opening = { event: 'pushwire:open', id: `e.${stream.at}`, data };
        tab.inboxes.frame.push(() => listener.onFrame(opening));
        this.#serve(tab, stream);
        return {
          close: () => void tab.streams.delete(stream),
          send: (sent) => void this.sent.push(`${sent}`),
        };
      },
    };
  }

  #clockOf(tab: SimulatedTab): Clock {
    return {
      now: this.clock.now,
      after: (ms, act) => {
        let isStopped = false;
        const stop = this.clock.after(ms, () => tab.inboxes.timer.push(() => isStopped || act()));
        return () => {
          isStopped = true;
          stop();
        };
      },
    };
  }

  #locksOf(tab: SimulatedTab): NonNullable<SharedOptions['locks']> {
    const inTask = () => new Promise<void>((resolve) => tab.inboxes.lock.push(resolve));
    return {
      request: async (name, options, act) => {
        // This request waits for ever.
        if (!this.locksWork) return new Promise(() => {});
        try {
          return await this.#locks.request(name, options, async () => {
            await inTask();
            return act();
          });
        } catch (error) {
          await inTask();
          throw error;
        }
      },
    };
  }

  #broadcastChannelOf(tab: SimulatedTab): NonNullable<SharedOptions['BroadcastChannel']> {
    const channels = this.#channels;
    const onPost = (type: string) => this.onPost(tab, type);
    return class {
      readonly tab = tab;
      onmessage?: (event: { data: unknown }) => void;

      constructor() {
        channels.add(this);
      }

      postMessage(message: { type: string }): void {
        onPost(message.type);
        for (const other of channels) {
          const data = structuredClone(message);
          if (other !== this) other.tab.inboxes.tab.push(() => channels.has(other) && other.onmessage?.({ data }));
        }
      }

      close(): void {
        channels.delete(this);
      }
    };
  }
}
