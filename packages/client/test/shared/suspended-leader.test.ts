import { catchUncaught } from '../kit/manual';
import { type SimulatedTab, TabsOfBrowser } from '../kit/tabs';

// A tab may stop at any moment without a word: a frozen page, a stopped process, a machine asleep.

/** Always the first choice. */
const first = () => 0;

/** Opens tabs, of which the first one leads. */
async function opened(count: number, locksWork = true): Promise<TabsOfBrowser & { leader: SimulatedTab }> {
  const browser = new TabsOfBrowser(first, locksWork);
  const leader = browser.open({ cursor: 'e.0', ...(!locksWork && { locks: { request: (_, __, act) => act() } }) });
  await browser.settle();
  while (browser.tabs.length < count) browser.open({ cursor: 'e.0' });
  await browser.settle();
  expect(browser.tabs.map(({ connection }) => connection.status)).toEqual(Array(count).fill('open'));
  expect(browser.connections).toBe(1);
  return Object.assign(browser, { leader });
}

const published = (browser: TabsOfBrowser) => Array.from({ length: browser.head }, (_, i) => i + 1);

/** Everybody has everything once and in order, over the connection of one tab. */
const expectComplete = (browser: TabsOfBrowser) => {
  for (const { received, gaps, connection } of browser.tabs) {
    expect(received).toEqual(published(browser));
    expect([gaps, connection.status]).toEqual([[], 'open']);
  }
  expect(browser.connections).toBe(1);
};

describe('a leader that is suspended', () => {
  it('is replaced within two timeouts by one of its followers, which lose nothing', async () => {
    const browser = await opened(4);
    browser.publish();
    await browser.settle();
    browser.leader.isSuspended = true;
    browser.publish();
    await browser.advance(10_000);
    const [, ...followers] = browser.tabs;
    expect(followers.map(({ received }) => received)).toEqual(Array(3).fill([1, 2]));
    browser.publish();
    await browser.settle();
    expect(followers.map(({ received }) => received)).toEqual(Array(3).fill([1, 2, 3]));
    // One is that of the suspended tab.
    expect(browser.connections).toBe(2);
  });

  it('follows when it wakes, without loss and repetition, however much it has missed', async () => {
    const browser = await opened(3);
    browser.leader.isSuspended = true;
    await browser.advance(10_000);
    // Tabs remember the last thousand ids.
    for (let n = 0; n < 1500; n++) browser.publish();
    await browser.settle();
    const before = browser.tabs.map(({ opened }) => opened);
    browser.leader.isSuspended = false;
    await browser.settle();
    browser.publish();
    await browser.settle();
    expectComplete(browser);
    const [ofLeader = 0, ...ofFollowers] = before;
    const now = browser.tabs.map(({ opened }) => opened);
    // What it repeats from its own connection makes no follower catch up.
    expect(now).toEqual([expect.any(Number), ...ofFollowers]);
    expect((now[0] as number) - ofLeader).toBeLessThanOrEqual(1);
  });

  it('is not waited for by a new tab', async () => {
    const browser = await opened(1);
    browser.publish();
    await browser.settle();
    browser.leader.isSuspended = true;
    const third = browser.open({ cursor: 'e.0' });
    await browser.settle();
    expect(third.connection.status).toBe('waiting');
    await browser.advance(10_000);
    expect([third.connection.status, third.received]).toEqual(['open', [1]]);
  });

  it('fails what followers send, and does not send it when it wakes', async () => {
    const browser = await opened(2);
    const [leader, follower] = browser.tabs as [SimulatedTab, SimulatedTab];
    leader.isSuspended = true;
    browser.send(follower, 'lost');
    await browser.settle();
    expect(follower.sends[0]?.outcome).toBeUndefined();
    await browser.advance(10_000);
    expect(follower.sends[0]?.outcome).toBe('network');
    browser.send(follower, 'again');
    await browser.settle();
    leader.isSuspended = false;
    await browser.settle();
    expect([follower.sends[1]?.outcome, browser.sent]).toEqual(['sent', ['again']]);
  });

  it('leaves each follower to a connection of its own where the lock is not to be had', async () => {
    const browser = await opened(3, false);
    const [leader, one, two] = browser.tabs as [SimulatedTab, SimulatedTab, SimulatedTab];
    leader.isSuspended = true;
    browser.publish();
    await browser.advance(10_000);
    expect([one, two].map(({ received, connection }) => [received, connection.status])).toEqual([
      [[1], 'open'],
      [[1], 'open'],
    ]);
    browser.send(one, 'by itself');
    await browser.settle();
    expect(browser.sent).toEqual(['by itself']);
    leader.isSuspended = false;
    await browser.settle();
    browser.publish();
    await browser.settle();
    expectComplete(browser);
  });
});

describe('a follower', () => {
  it('does not take a busy or a quiet leader for a suspended one', async () => {
    const browser = await opened(3);
    for (let n = 0; n < 20; n++) {
      browser.publish();
      await browser.advance(1000);
    }
    await browser.advance(600_000);
    browser.publish();
    await browser.settle();
    expectComplete(browser);
    expect(browser.leader.streams.size).toBe(1);
  });

  it('asks a quiet leader once in a timeout, and not once for each follower', async () => {
    const browser = new TabsOfBrowser(first);
    const posted: string[] = [];
    let n = 0;
    for (let tab = 0; tab < 10; tab++) browser.open({ random: () => (n++ % 10) / 10 });
    await browser.settle();
    browser.onPost = (_, type) => posted.push(type);
    await browser.advance(60_000);
    expect(posted.filter((type) => type === 'hello').length).toBeLessThan(60_000 / 2500 + 1);
  });

  it('that is suspended while it waits for an answer does not replace the leader', async () => {
    const browser = await opened(2);
    const [leader, follower] = browser.tabs as [SimulatedTab, SimulatedTab];
    browser.onPost = (tab, type) => {
      if (tab === follower && type === 'hello') follower.isSuspended = true;
    };
    await browser.advance(100_000);
    browser.onPost = () => {};
    expect(follower.isSuspended).toBe(true);
    follower.isSuspended = false;
    // Its own timer comes before the answer.
    await browser.advance(20_000);
    expect([leader.streams.size, leader.opened]).toEqual([1, 1]);
    browser.publish();
    await browser.settle();
    expectComplete(browser);
  });

  it('rejects what it has sent when the leader closes before it answers', async () => {
    const browser = await opened(2);
    const [leader, follower] = browser.tabs as [SimulatedTab, SimulatedTab];
    leader.isSuspended = true;
    browser.send(follower, 'unanswered');
    browser.close(leader);
    await browser.settle();
    expect([follower.sends[0]?.outcome, follower.connection.status]).toEqual(['network', 'open']);
  });
});

test('of two leaders, the later one goes on', async () => {
  const browser = new TabsOfBrowser(first);
  const locks = { request: (_: unknown, __: unknown, act: () => Promise<void>) => act() };
  browser.open({ cursor: 'e.0', locks });
  await browser.settle();
  const later = browser.open({ cursor: 'e.0', locks, random: () => 0.5 });
  await browser.settle();
  browser.publish();
  await browser.settle();
  expectComplete(browser);
  expect(later.streams.size).toBe(1);
});

test('a tab that gets no lock, as in a sandboxed frame, connects for itself at once', async () => {
  const browser = new TabsOfBrowser(first);
  const locks = { request: () => Promise.reject(new DOMException('Not in a sandbox', 'SecurityError')) };
  const tabs = [1, 2].map(() => browser.open({ cursor: 'e.0', locks }));
  browser.publish();
  await browser.settle();
  expect(tabs.map(({ received, connection }) => [received, connection.status])).toEqual([
    [[1], 'open'],
    [[1], 'open'],
  ]);
  await browser.advance(60_000);
  browser.publish();
  await browser.settle();
  expect(tabs.map(({ received, opened }) => [received, opened])).toEqual([
    [[1, 2], 1],
    [[1, 2], 1],
  ]);
});

test('a page with two copies of the client has one connection for both', async () => {
  const browser = new TabsOfBrowser(first);
  const tab = browser.open({ cursor: 'e.0' });
  const copy = browser.open({ cursor: 'e.0' });
  await browser.settle();
  browser.publish();
  await browser.settle();
  expect([tab.received, copy.received, browser.connections]).toEqual([[1], [1], 1]);
});

test('a listener that throws keeps neither the other listeners nor the other tabs from a message', async () => {
  const browser = new TabsOfBrowser(first);
  const { thrown, stop } = catchUncaught();
  const [leader, follower] = [browser.open({ cursor: 'e.0' }), browser.open({ cursor: 'e.0' })];
  for (const { connection } of [leader, follower]) {
    connection.on('message', (data) => {
      throw data;
    });
  }
  await browser.settle();
  browser.publish();
  browser.publish();
  await browser.settle();
  stop();
  expect([leader.received, follower.received]).toEqual([
    [1, 2],
    [1, 2],
  ]);
  expect(thrown.sort()).toEqual([1, 1, 2, 2]);
});
