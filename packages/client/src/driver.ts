import type { Clock } from './clock.js';
import { step } from './machine.js';
import type { Effect, Input, Rules, State, Timer } from './state.js';
import type { Link, Transport, TransportRequest } from './transports/transport.js';

/** What a driver works with. */
export interface Tools {
  readonly transports: readonly Transport[];
  readonly request: Omit<TransportRequest, 'cursor'>;
  readonly clock: Clock;
  /** From 0 to 1. */
  random(): number;
  /** Hears of what the app should hear of, and keeps what should be kept. */
  tell(effect: Exclude<Effect, { do: 'open' | 'shut' | 'time' }>, state: State): void;
}

/** Runs a state machine: tells it what happens, and does what it says. */
export interface Driver {
  readonly state: State;
  readonly link: Link | undefined;
  take(input: Input): void;
}

/** @param state where it begins. */
export function drive(state: State, rules: Rules, { transports, request, clock, random, tell }: Tools): Driver {
  const links = new Map<number, Link>();
  const timers = new Map<Timer, () => void>();
  const inputs: Input[] = [];
  let isBusy = false;

  const run = (effect: Effect) => {
    if (effect.do === 'open') {
      const { link, at, cursor } = effect;
      const opened = (transports[at] as Transport).open(
        { ...request, cursor },
        {
          alive: () => take({ type: 'alive', link }),
          frame: (frame) => take({ type: 'frame', link, frame }),
          over: (outcome) => take({ type: 'over', link, outcome }),
        },
      );
      links.set(link, opened);
    } else if (effect.do === 'shut') {
      links.get(effect.link)?.close();
      links.delete(effect.link);
    } else if (effect.do === 'time') {
      const { timer, ms } = effect;
      timers.get(timer)?.();
      timers.delete(timer);
      if (ms !== undefined) {
        timers.set(
          timer,
          clock.after(ms, () => take({ type: 'timer', timer })),
        );
      }
    } else tell(effect, state);
  };

  // What an app does in a listener comes after what it was told.
  const take = (input: Input) => {
    inputs.push(input);
    if (isBusy) return;
    isBusy = true;
    for (let next = inputs.shift(); next; next = inputs.shift()) {
      const [after, effects] = step(state, next, rules, { now: clock.now(), chance: random() });
      state = after;
      for (const effect of effects) run(effect);
    }
    isBusy = false;
  };

  return {
    get state() {
      return state;
    },
    get link() {
      return links.get(state.link);
    },
    take,
  };
}
