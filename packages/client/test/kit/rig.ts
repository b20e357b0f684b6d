import { drive } from '../../src/driver';
import { PushwireError } from '../../src/wire/error';
import type { Frame } from '../../src/wire/frame';
import { initialState, type Left, type Rules, type State } from '../../src/machine/state';
import type { Transport, TransportListener, TransportRequest } from '../../src/transports/transport';
import { FakeClock } from './fake-clock';

export const rules: Rules = {
  order: ['a', 'b', 'c'],
  openTimeout: 5000,
  betterAfter: 60_000,
  steadyAfter: 10_000,
  maxRetry: 30_000,
  asksHeaders: false,
};

/** A connection that a transport was asked for. */
export interface Attempt extends TransportListener {
  readonly transport: string;
  readonly cursor: string | undefined;
  /** The id of the last frame that had been handed on by then. */
  readonly seen: string | undefined;
  isOpen: boolean;
}

/** A state machine with a clock and a network that a test moves by hand. */
export class Rig {
  readonly clock = new FakeClock();
  readonly attempts: Attempt[] = [];
  readonly told: string[] = [];
  readonly frames: Frame[] = [];
  readonly errors: PushwireError[] = [];
  remembered: Left = {};
  chance = 0.5;
  readonly #driver;

  constructor(given: Partial<Rules> = {}, left: Left = {}, cursor?: string) {
    const own = { ...rules, ...given };
    const transports = own.order.map((name): Transport => ({ name, open: (...asked) => this.#open(name, ...asked) }));
    const tools = { clock: this.clock, random: () => this.chance } as unknown as Parameters<typeof drive>[2];
    this.#driver = drive(initialState({ ...own, retry: 1000, cursor, left }, this.clock.now()), transports, tools, {
      remember: () => (this.remembered = this.state.left),
      message: (frame) => this.frames.push(frame),
      gap: (frame) => this.frames.push(frame),
      error: (error, transport) => {
        this.errors.push(error);
        this.told.push(`${transport}: ${error.code}`);
      },
      status: () => this.told.push(`${own.order[this.state.at]} ${this.state.status}`),
    });
  }

  get state(): State {
    return this.#driver.state;
  }

  get take() {
    return this.#driver.take;
  }

  /** The last attempt. */
  get last(): Attempt {
    return this.attempts.at(-1) as Attempt;
  }

  /** Those that were neither closed nor are over. */
  get open(): Attempt[] {
    return this.attempts.filter(({ isOpen }) => isOpen);
  }

  start(): this {
    this.take('next');
    return this;
  }

  /** What was told since the last time. */
  news(): string[] {
    return this.told.splice(0);
  }

  #open(transport: string, { cursor }: TransportRequest, { hear, over }: TransportListener) {
    const attempt: Attempt = {
      transport,
      cursor,
      seen: this.frames.filter(({ id }) => id).at(-1)?.id,
      isOpen: true,
      hear,
      over: (error) => {
        attempt.isOpen = false;
        over(error);
      },
    };
    this.attempts.push(attempt);
    return { close: () => void (attempt.isOpen = false) };
  }
}

export const opening = (id?: string, said: object = {}): Frame => ({
  event: 'pushwire:open',
  id,
  data: { heartbeat: 15_000, retry: 1000, ...said },
});

export const refused = (status: number, retry = 0) => new PushwireError('refused', { status, retry });
export const broken = () => new PushwireError('network');
