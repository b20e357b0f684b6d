import { connectState, type StateOptions } from '../../src/state';
import { FakeClock } from './fake-clock';
import { manual, nextTurn, url } from './manual';
import { opening } from './rig';

/** A state by a transport and a clock that a test controls. */
export function stateBy(options: StateOptions<number> = {}) {
  const own = manual();
  const clock = new FakeClock();
  const state = connectState<number>(url, {
    transports: [own.transport],
    clock,
    random: () => 0.5,
    memory: new Map(),
    ...options,
  });
  /** Frames that arrive together, and what becomes of them. */
  const receive = async (...frames: Parameters<ReturnType<typeof own.last>['onFrame']>[0][]) => {
    for (const frame of frames) own.last().onFrame(frame);
    await nextTurn();
  };
  /** Opens it with these values, at the cursor `e.1`. */
  const begin = async (values: Record<string, number>) => {
    await nextTurn();
    const messages = Object.entries(values).map(([key, data]) => ({ key, data }));
    await receive(opening('start'), ...messages, complete('e.1'));
  };
  return { ...own, clock, state, receive, begin };
}

export const complete = (id: string) => ({ event: 'pushwire:snapshot', id, data: { cursor: id } });
