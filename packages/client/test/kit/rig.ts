import { drive } from '../../src/driver';
import type { Avoided } from '../../src/environment/transport-memory';
import { initialState, type Rules, type State } from '../../src/machine/state';
import type { Transport, TransportListener, TransportRequest } from '../../src/transports/transport';
import { PushwireError } from '../../src/wire/error';
import type { Frame } from '../../src/wire/frame';
import { FakeClock } from './fake-clock';

export const rules: Rules = {
  order: ['a', 'b', 'c'],
  openTimeout: 5000,
  betterAfter: 60_000,
  steadyAfter: 10_000,
  maxRetry: 30_000,
  renews: false,
  retryOn: [],
  idempotent: true,
};

/** A transport connection that the machine opened. */
export interface Attempt extends TransportListener {
  readonly transport: string;
  readonly cursor: string | undefined;
  /** The id of the last frame that the app had got when this attempt began. */
  readonly seen: string | undefined;
  isOpen: boolean;
}

/** A state machine with a clock and a network that a test controls. */
export class Rig {
  readonly clock = new FakeClock();
  readonly attempts: Attempt[] = [];
  readonly log: string[] = [];
  readonly frames: Frame[] = [];
  readonly errors: PushwireError[] = [];
  remembered: Avoided = {};
  random = 0.5;
  readonly #driver;

  constructor(changedRules: Partial<Rules> = {}, avoided: Avoided = {}, cursor?: string) {
    const ownRules = { ...rules, ...changedRules };
    const { order } = ownRules;
    const transports = order.map((name): Transport => ({ name, open: (...args) => this.#open(name, ...args) }));
    const context = { clock: this.clock, random: () => this.random, currentUrl: () => '' } as unknown as Parameters<
      typeof drive
    >[2];
    const start = initialState({ ...ownRules, retry: 1000, cursor, avoided }, this.clock.now());
    this.#driver = drive(start, transports, context, {
      remember: () => (this.remembered = this.state.avoided),
      message: (frame) => this.frames.push(frame),
      gap: (frame) => this.frames.push(frame),
      error: (error, index) => {
        this.errors.push(error);
        this.log.push(`${order[index]}: ${error.code}`);
      },
      status: () => this.log.push(`${order[this.state.index]} ${this.state.status}`),
    });
  }

  get state(): State {
    return this.#driver.state;
  }

  get dispatch() {
    return this.#driver.dispatch;
  }

  /** The last attempt. */
  get last(): Attempt {
    return this.attempts.at(-1) as Attempt;
  }

  /** The attempts that neither side has closed. */
  get open(): Attempt[] {
    return this.attempts.filter(({ isOpen }) => isOpen);
  }

  start(): this {
    this.dispatch('next');
    return this;
  }

  /** The log entries since the last call. */
  news(): string[] {
    return this.log.splice(0);
  }

  #open(transport: string, { cursor }: TransportRequest, { onFrame, onClose }: TransportListener) {
    const attempt: Attempt = {
      transport,
      cursor,
      seen: this.frames.map(cursorAfter).filter(Boolean).at(-1),
      isOpen: true,
      onFrame,
      onClose: (error) => {
        attempt.isOpen = false;
        onClose(error);
      },
    };
    this.attempts.push(attempt);
    return { close: () => void (attempt.isOpen = false) };
  }
}

/** The cursor after a message, or that of a gap. */
export const cursorAfter = ({ id, data }: Frame): string | undefined =>
  (data as { cursor?: string } | null | undefined)?.cursor ?? id;

export const opening = (id?: string, timing: object = {}): Frame => ({
  event: 'pushwire:open',
  id,
  data: { heartbeat: 15_000, retry: 1000, ...timing },
});

export const refused = (status: number, retry = 0) => new PushwireError('refused', { status, retry });
export const broken = () => new PushwireError('network');
