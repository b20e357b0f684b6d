import type { PushwireError } from './wire/error.js';
import type { Frame } from './wire/frame.js';
import { step } from './machine/machine.js';
import type { Effect, Given, Input, State, Timer } from './machine/state.js';
import { failureOf, type Link, type Transport, type TransportRequest } from './transports/transport.js';

/** What is done for each effect. */
type Acts<Type> = { readonly [Name in Type & Effect[0]]: (...given: Given<Effect, Name>) => unknown };

/** What a driver works with, and what its transports do. */
export interface Tools extends Omit<TransportRequest, 'cursor'> {
  /** From 0 to 1. */
  readonly random: () => number;
}

/** Runs a state machine: tells it what happens, and does what it says. */
export interface Driver {
  readonly state: State;
  /** The connection in use. */
  readonly link: Link | undefined;
  take(...input: Input): void;
}

/**
 * @param state where it begins.
 * @param tell hears of what the app should hear of, and keeps what should be kept.
 */
export function drive(
  state: State,
  transports: readonly Transport[],
  tools: Tools,
  tell: Acts<'remember' | 'message' | 'gap' | 'error' | 'status'>,
): Driver {
  const { clock, random } = tools;
  const links = new Map<number, Link>();
  const timers = new Map<Timer, () => void>();
  const inputs: Input[] = [];
  let isBusy = false;

  const acts: Acts<Effect[0]> = {
    ...tell,
    open(link, at) {
      const listener = {
        hear: (frame?: Frame) => take('heard', link, frame),
        over: (error: PushwireError) => take('over', link, error),
      };
      try {
        links.set(link, (transports[at] as Transport).open({ ...tools, cursor: state.cursor }, listener));
      } catch (cause) {
        // What a runtime does not have is no way to be connected.
        listener.over(failureOf(cause));
      }
    },
    time(timer, ms) {
      timers.get(timer)?.();
      timers.set(
        timer,
        clock.after(ms, () => take(timer)),
      );
    },
    keep(kept) {
      for (const [number, link] of links) {
        if (number === kept) continue;
        link.close();
        links.delete(number);
      }
      for (const stop of timers.values()) stop();
    },
  };

  // What an app does in a listener comes after what it was told.
  const take = (...input: Input) => {
    inputs.push(input);
    if (isBusy) return;
    isBusy = true;
    for (let next = inputs.shift(); next; next = inputs.shift()) {
      state = step(state, next, clock.now(), random());
      for (const [type, ...given] of state.effects as readonly Effect[])
        (acts[type] as (...given: unknown[]) => void)(...given);
    }
    isBusy = false;
  };

  return {
    get state() {
      return state;
    },
    get link() {
      return links.get(state.link as number);
    },
    take,
  };
}
