import { createHub, type HubOptions, memoryBackplane, PushwireError } from '../../src';
import type { Backplane, BackplaneHost, RunStore, RunWrite } from '../../src/backplanes';
import { FakeClock } from '../../src/testing';

/** What may happen to a call of a store: nothing is done, or what was done is not confirmed. */
export type Trouble = 'unavailable' | 'unconfirmed';

/** The calls of a store. */
export type Call = 'claim' | 'write' | 'stop' | 'state';

/** A store of runs that fails when it is told to, and holds its answers back. */
export class TroubledStore implements RunStore {
  readonly calls: Call[] = [];
  readonly writes: RunWrite[] = [];
  /** Returns the trouble of a call. */
  trouble: (call: Call) => Trouble | undefined = () => undefined;
  /** Answers to these calls wait for {@link release}. */
  holds: readonly Call[] = [];
  #held: (() => void)[] = [];

  constructor(readonly inner: RunStore) {}

  claim: RunStore['claim'] = (...args) => this.#call('claim', () => this.inner.claim(...args));
  stop: RunStore['stop'] = (...args) => this.#call('stop', () => this.inner.stop(...args));
  state: RunStore['state'] = (...args) => this.#call('state', () => this.inner.state(...args));
  write: RunStore['write'] = (...args) => {
    this.writes.push(args[1]);
    return this.#call('write', () => this.inner.write(...args));
  };

  release(): void {
    this.holds = [];
    for (const resolve of this.#held.splice(0)) resolve();
  }

  async #call<T>(call: Call, act: () => T | Promise<T>): Promise<T> {
    this.calls.push(call);
    const trouble = this.trouble(call);
    const result = trouble === 'unavailable' ? undefined : act();
    if (this.holds.includes(call)) await new Promise<void>((resolve) => this.#held.push(resolve));
    if (trouble) throw new PushwireError(`backplane-${trouble}`, 'The store is in trouble.');
    return result as T;
  }
}

/** A hub with a fake clock, whose runs are in memory behind a {@link TroubledStore}. */
export function setUp(options: Omit<HubOptions, 'clock' | 'logger' | 'backplane'> = {}) {
  const clock = new FakeClock();
  const errors: unknown[] = [];
  const logger = {
    debug() {},
    info() {},
    error: ({ err }: { err?: unknown }) => errors.push(err),
  };
  let store!: TroubledStore;
  const backplane = (host: BackplaneHost): Backplane => {
    const memory = memoryBackplane()(host);
    store = new TroubledStore(memory.runs as RunStore);
    const { append, end, follow, connectionsTo, close } = memory;
    const methods = Object.entries({ append, end, follow, connectionsTo, close }) as [string, () => unknown][];
    return {
      ...Object.fromEntries(methods.map(([name, method]) => [name, method.bind(memory)])),
      runs: store,
    } as never;
  };
  const hub = createHub({ ...options, clock, logger: logger as never, backplane });
  const settle = () => settleOn(clock);
  /** Lets time pass in steps, after each of which everything happens that is due. */
  const pass = async (ms: number, step = 500) => {
    for (let passed = 0; passed < ms; passed += step) {
      clock.advance(Math.min(step, ms - passed));
      await settle();
    }
  };
  return { clock, hub, run: hub.run('answer'), errors, store, settle, pass };
}

/** Lets everything happen that needs no time. */
async function settleOn(clock: FakeClock) {
  for (let n = 0; n < 8; n++) {
    await new Promise((resolve) => setImmediate(resolve));
    clock.turn();
  }
}

/** The data of all items, and what the loop throws at its end. */
export async function readAll(items: AsyncIterable<{ data?: unknown; gap?: unknown }>) {
  const data: unknown[] = [];
  try {
    for await (const item of items) data.push(item.gap ? 'gap' : item.data);
  } catch (error) {
    return { data, error: (error as { code?: unknown }).code ?? error };
  }
  return { data };
}

/** Becomes true or settles by hand. */
export function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve());
  });
