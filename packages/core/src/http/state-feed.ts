import { Channel } from '../hub/channel';
import { engineOfState, type State } from '../hub/state';
import { stateLogName } from '../log/log-name';

/** The log of a state, which is served as that of a channel. No app gets it: it has keys. */
export class StateFeed extends Channel {
  constructor(readonly state: State) {
    super(engineOfState(state), stateLogName(state.name));
  }
}

/** The state that is served, if it is one. A state is served alone. */
export function stateOf([channel]: readonly Channel[]): State | undefined {
  return channel instanceof StateFeed ? channel.state : undefined;
}
