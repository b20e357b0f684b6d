import fc from 'fast-check';
import { connectShared } from '../../src/shared';
import { connectState, type StateConnection } from '../../src/state';
import { StateOfTabs } from '../kit/state-of-tabs';
import { type SimulatedTab, TabsOfBrowser } from '../kit/tabs';

// Tabs that share a state: each has all that the server has, over one connection, whatever happens.

type Step =
  | { do: 'open' | 'clear' | 'evict' }
  | { do: 'close' | 'suspend' | 'wake' | 'cut'; tab: number }
  | { do: 'set' | 'delete'; key: string }
  | { do: 'wait'; ms: number };

const tab = fc.nat(7);
const key = fc.constantFrom('a', 'b', 'c');
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('open' as const, 'open' as const, 'clear', 'evict') }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('close' as const, 'suspend', 'wake', 'cut'), tab }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('set' as const, 'set' as const, 'delete'), key }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(0, 500, 3000, 12_000) }) },
);

interface StateTab {
  readonly tab: SimulatedTab;
  readonly state: StateConnection<number>;
  readonly mirror: Map<string, number>;
  /** The keys that went back to an older value. */
  readonly older: readonly string[];
}

function browserWith(pick: (count: number) => number, polls = false) {
  const server = new StateOfTabs(pick, polls);
  const browser = new TabsOfBrowser(pick);
  const all = new Map<SimulatedTab, StateTab>();
  const open = (): StateTab => {
    const tab = browser.openWith((one) => server.transportOf(one));
    const state = connectState<number>('http://server/a', {
      ...tab.connectOptions,
      connect: (url, options) => connectShared(url, { ...options, ...tab.sharedOptions }),
    });
    tab.connection = state as never;
    const mirror = new Map<string, number>();
    const older: string[] = [];
    state.onChange((keys) => {
      for (const changed of keys) {
        const value = state.get(changed);
        // Each value that is set is greater than those before it, whatever its key is.
        if (value !== undefined && value < (mirror.get(changed) ?? 0)) older.push(changed);
        if (value === undefined) mirror.delete(changed);
        else mirror.set(changed, value);
      }
    });
    const one = { tab, state, mirror, older };
    all.set(tab, one);
    return one;
  };
  return { server, browser, all, open };
}

test('tabs have the state, and one connection when all have it', async () => {
  const { server, browser, open } = browserWith(() => 0);
  for (const [n, key] of ['a', 'b', 'c'].entries()) server.set(key, n);
  const tabs = [open(), open(), open()];
  await browser.advance(6000);
  expect(browser.tabs.map(({ opened }) => opened)).toEqual([1, 1, 1]);
  expect([server.streams.size, tabs.map(({ state }) => Object.fromEntries(state))]).toEqual([
    1,
    Array(3).fill({ a: 0, b: 1, c: 2 }),
  ]);
  server.delete('a');
  server.set('b', 10);
  await browser.settle();
  await browser.advance(500);
  // A gap, after which each tab reads a snapshot of its own, before it has asked for a sign of life.
  server.clear();
  await browser.advance(1000);
  expect(tabs.map(({ state }) => Object.fromEntries(state))).toEqual([{}, {}, {}]);
  server.set('d', 11);
  await browser.advance(1000);
  for (const { state, mirror } of tabs) {
    expect([state.ready, Object.fromEntries(state), Object.fromEntries(mirror)]).toEqual([true, { d: 11 }, { d: 11 }]);
  }
  expect(server.streams.size).toBe(1);
});

test.each([
  ['streams', false],
  ['polls', true],
])('whatever happens, each tab has what the server has, by %s, and one connection serves all', async (_, polls) => {
  const run = async (steps: readonly Step[], picks: readonly number[]) => {
    let n = 0;
    const { server, browser, all, open } = browserWith((count) => (picks[n++ % picks.length] as number) % count, polls);
    let value = 0;
    server.set('a', ++value);
    open();
    for (const step of steps) {
      const chosen = 'tab' in step ? browser.tabs[step.tab % browser.tabs.length] : undefined;
      if (step.do === 'open' && all.size < 6) open();
      else if (step.do === 'clear' || step.do === 'evict') server[step.do]();
      else if (step.do === 'set') server.set(step.key, ++value);
      else if (step.do === 'delete') server.delete(step.key);
      else if (step.do === 'wait') await browser.advance(step.ms);
      else if (chosen && step.do === 'close' && browser.tabs.length > 1) browser.close(chosen);
      else if (chosen && step.do === 'suspend') chosen.isSuspended = true;
      else if (chosen && step.do === 'wake') chosen.isSuspended = false;
      else if (chosen && step.do === 'cut') server.cut(chosen);
      for (const each of browser.tabs) if (browser.pick(2)) each.runOne(browser.pick);
    }
    for (const each of browser.tabs) each.isSuspended = false;
    await browser.advance(31_000);
    server.set('b', ++value);
    await browser.advance(31_000);
    const wanted = Object.fromEntries(server.values);
    for (const each of browser.tabs) {
      const { state, mirror, older } = all.get(each) as StateTab;
      expect([state.ready, state.status, Object.fromEntries(state)]).toEqual([true, 'open', wanted]);
      expect([Object.fromEntries(mirror), older]).toEqual([wanted, []]);
    }
    expect(server.streams.size).toBe(1);
  };
  const anything = fc.asyncProperty(
    fc.array(step, { maxLength: 30, size: 'max' }),
    fc.array(fc.nat(99), { minLength: 7, maxLength: 30, size: 'max' }),
    run,
  );
  await fc.assert(anything, { numRuns: 150 });
});
