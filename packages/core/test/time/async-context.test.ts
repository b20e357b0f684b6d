import { AsyncLocalStorage } from 'node:async_hooks';
import { callOutsideRequests, captureContext } from '../../src/time/async-context';
import { systemClock } from '../../src/time/clock';
import { TimerWheel } from '../../src/time/timer-wheel';

const user = new AsyncLocalStorage<string>();

describe('timers of the system clock', () => {
  it.each<[string, (act: () => void) => void]>([
    ['soon()', (act) => systemClock.soon(act)],
    ['after()', (act) => void systemClock.after(1, act)],
    ['a timer wheel', (act) => new TimerWheel(systemClock, 1).add({ tick: () => act() as undefined }, 1)],
  ])('belong to no request: %s', async (_name, set) => {
    const seen = await new Promise((resolve) => user.run('ann', () => set(() => resolve(user.getStore()))));
    expect(seen).toBeUndefined();
  });
});

describe('a captured context', () => {
  it('is the one of the capture, wherever the function is called', () => {
    const inContext = user.run('ann', captureContext);
    expect(user.run('bob', () => inContext(() => user.getStore()))).toBe('ann');
  });
});

describe('a call outside of requests', () => {
  it('sees no request, and none that an earlier call has entered', () => {
    const call = () => callOutsideRequests(() => user.getStore());
    expect(user.run('ann', call)).toBeUndefined();
    user.run('ann', () => callOutsideRequests(() => user.enterWith('bob')));
    expect(call()).toBeUndefined();
  });
});
