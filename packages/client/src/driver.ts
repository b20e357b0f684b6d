import type { Effects } from './machine/effects.js';
import type { Input, Timer } from './machine/inputs.js';
import { step } from './machine/machine.js';
import type { State } from './machine/state.js';
import {
  type Transport,
  type TransportConnection,
  type TransportRequest,
  toPushwireError,
} from './transports/transport.js';
import { guard, type PushwireError } from './wire/error.js';
import type { Frame } from './wire/frame.js';

/** A function for each effect. */
type EffectHandlers = { readonly [Type in keyof Effects]: (...args: Effects[Type]) => unknown };

/** Everything that a driver and its transports need from outside. */
export interface DriverContext extends Omit<TransportRequest, 'cursor'> {
  /** Returns a number from 0 to 1. */
  readonly random: () => number;
}

/** Runs a state machine: passes it the inputs and carries out its effects. */
export interface Driver {
  readonly state: State;
  /** The transport connection in use. */
  readonly connection: TransportConnection | undefined;
  dispatch(...input: Input): void;
}

/**
 * Starts a driver.
 *
 * @param app carries out the effects that are for the app.
 */
export function drive(
  state: State,
  transports: readonly Transport[],
  context: DriverContext,
  app: Pick<EffectHandlers, 'remember' | 'message' | 'gap' | 'error' | 'status'>,
): Driver {
  const { clock, random } = context;
  const connections = new Map<number, TransportConnection>();
  const timers = new Map<Timer, () => void>();
  const inputs: Input[] = [];
  let isBusy = false;

  const handlers: EffectHandlers = {
    ...app,
    open(number, index) {
      const listener = {
        onFrame: (frame?: Frame) => dispatch('frame', number, frame),
        onClose: (error: PushwireError) => dispatch('closed', number, error),
      };
      try {
        connections.set(number, (transports[index] as Transport).open({ ...context, cursor: state.cursor }, listener));
      } catch (cause) {
        // The runtime lacks what this transport needs.
        listener.onClose(toPushwireError(cause));
      }
    },
    timer(timer, ms) {
      timers.get(timer)?.();
      timers.set(
        timer,
        clock.after(ms, () => dispatch(timer)),
      );
    },
    keep(kept) {
      for (const [number, connection] of connections) {
        if (number === kept) continue;
        connections.delete(number);
        guard(() => connection.close());
      }
      for (const stop of timers.values()) stop();
    },
  };

  const run = <Type extends keyof Effects>([type, ...args]: readonly [Type, ...Effects[Type]]) =>
    guard(() => handlers[type](...args));

  // Inputs from inside the app's listeners wait until the current effects are done. An effect that
  // throws keeps the driver neither from the next effect nor from the next input.
  const dispatch = (...input: Input) => {
    inputs.push(input);
    if (isBusy) return;
    isBusy = true;
    try {
      for (let next: Input | undefined; (next = inputs.shift()); ) {
        state = step(state, next, clock.now(), random());
        state.effects?.forEach(run);
      }
    } finally {
      isBusy = false;
    }
  };

  return {
    get state() {
      return state;
    },
    get connection() {
      return connections.get(state.current as number);
    },
    dispatch,
  };
}
