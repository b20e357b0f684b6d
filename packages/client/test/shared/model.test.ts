import fc from 'fast-check';
import { type SimulatedTab, TabsOfBrowser } from '../kit/tabs';

// Tabs that open, close, stop and wake at any time, with what reaches them in any order: in the end
// each tab that lives has everything once and in order, and one connection serves them all.

type Step =
  | { do: 'open' }
  | { do: 'close' | 'suspend' | 'wake' | 'send'; tab: number }
  | { do: 'publish'; count: number }
  | { do: 'wait'; ms: number };

const tab = fc.nat(7);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('open' as const) }),
  fc.record({ do: fc.constantFrom('close' as const, 'wake' as const), tab }),
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('suspend' as const, 'send' as const), tab }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('publish' as const), count: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(0, 500, 3000, 12_000) }) },
);

/** A function that picks by these numbers, over and over. */
function picker(numbers: readonly number[]): (count: number) => number {
  let n = 0;
  return (count) => (numbers[n++ % numbers.length] as number) % count;
}

async function run(steps: readonly Step[], picks: readonly number[]) {
  const browser = new TabsOfBrowser(picker(picks));
  const all: SimulatedTab[] = [];
  const open = () => all.push(browser.open({ cursor: 'e.0' }));
  open();
  for (const [n, step] of steps.entries()) {
    const chosen = 'tab' in step ? browser.tabs[step.tab % browser.tabs.length] : undefined;
    if (step.do === 'open' && all.length < 8) open();
    else if (step.do === 'publish') for (let i = 0; i < step.count; i++) browser.publish();
    else if (step.do === 'wait') await browser.advance(step.ms);
    else if (chosen && step.do === 'close' && browser.tabs.length > 1) browser.close(chosen);
    else if (chosen && step.do === 'suspend') chosen.isSuspended = true;
    else if (chosen && step.do === 'wake') chosen.isSuspended = false;
    // A tab that is suspended runs no code that could send.
    else if (chosen && step.do === 'send' && !chosen.isSuspended) browser.send(chosen, `${n}`);
    // Some inboxes are run in part only.
    for (const each of browser.tabs) if (browser.pick(2)) each.runOne(browser.pick);
  }
  const finish = async () => {
    await browser.advance(31_000);
    browser.publish();
    await browser.advance(31_000);
  };
  return { browser, all, finish };
}

const published = (browser: TabsOfBrowser) => Array.from({ length: browser.head }, (_, i) => i + 1);

test('when all wake, each has everything once and in order, over one connection', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 25 }),
      fc.array(fc.nat(99), { minLength: 7 }),
      async (steps, picks) => {
        const { browser, all, finish } = await run(steps, picks);
        for (const each of browser.tabs) each.isSuspended = false;
        await finish();
        for (const { received, gaps, connection } of browser.tabs) {
          expect(received).toEqual(published(browser));
          expect([gaps, connection.status]).toEqual([[], 'open']);
        }
        expect(browser.connections).toBe(1);
        for (const { data, outcome } of all.flatMap(({ sends }) => sends)) {
          const times = browser.sent.filter((each) => each === data).length;
          expect(outcome).toBeDefined();
          expect(times).toBeLessThanOrEqual(1);
          if (outcome === 'sent') expect(times).toBe(1);
          if (outcome === 'not-open') expect(times).toBe(0);
        }
      },
    ),
    { numRuns: 150 },
  );
});

test('tabs that are suspended for ever keep nothing from the others', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 25 }),
      fc.array(fc.nat(99), { minLength: 7 }),
      async (steps, picks) => {
        const { browser, finish } = await run(steps, picks);
        await finish();
        const awake = browser.tabs.filter(({ isSuspended }) => !isSuspended);
        for (const { received, gaps, connection, sends } of awake) {
          expect(received).toEqual(published(browser));
          expect([gaps, connection.status]).toEqual([[], 'open']);
          expect(sends.filter(({ outcome }) => outcome === undefined)).toEqual([]);
        }
        expect(awake.reduce((sum, { streams }) => sum + streams.size, 0)).toBe(awake.length > 0 ? 1 : 0);
      },
    ),
    { numRuns: 150 },
  );
});
