import { Channel } from '../hub/channel';
import { type AnyPresence, engineOfPresence, logOfPresence, Presence } from '../hub/presence';
import { type AnyState, engineOfState, State } from '../hub/state';
import { stateLogName } from '../log/log-name';

/**
 * The log of a state or a presence, which is served as that of a channel. No app gets it, since it
 * has keys.
 */
export class StateFeed extends Channel {
  constructor(readonly of: AnyState | AnyPresence) {
    const [engine, name] =
      of instanceof State ? [engineOfState(of), stateLogName(of.name)] : [engineOfPresence(of), logOfPresence(of)];
    super(engine, name);
  }
}

export const isState = (source: unknown): source is AnyState | AnyPresence =>
  source instanceof State || source instanceof Presence;

/** The state or presence that is served, if it is one. It is served alone. */
export function stateOf(channels: readonly Channel[]): AnyState | AnyPresence | undefined {
  const channel = channels[0];
  return channel instanceof StateFeed ? channel.of : undefined;
}
