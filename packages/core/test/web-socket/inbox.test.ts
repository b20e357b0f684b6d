import { FakeClock } from '../../src/testing';
import { TokenBucket } from '../../src/time/token-bucket';
import { Inbox } from '../../src/web-socket/inbox';

const settled = () => new Promise((resolve) => setImmediate(resolve));

const textOf = (n: number) => String(n);

function make(handle: (received: number) => unknown, perSecond = 100, reserve = () => 0) {
  const clock = new FakeClock();
  const calls: string[] = [];
  const confirmed: number[] = [];
  const inbox = new Inbox<string>(clock, { perSecond, bytes: 20, reserve }, (text) => handle(Number(text)), {
    pause: () => calls.push('pause'),
    resume: () => calls.push('resume'),
    refuse: () => calls.push('refuse'),
    failed: (error) => calls.push(`failed: ${(error as Error).message}`),
    handled: (count) => confirmed.push(count),
  });
  return {
    confirmed,
    clock,
    calls,
    inbox: { receive: (n: number) => inbox.receive(textOf(n)), close: () => inbox.close() },
  };
}

describe('Inbox', () => {
  it('handles messages at once, without a pause, if the handler returns no promise', () => {
    const handled: number[] = [];
    const { inbox, calls } = make((received) => handled.push(received));
    inbox.receive(1);
    inbox.receive(2);
    expect([handled, calls]).toEqual([[1, 2], []]);
  });

  it('handles one message after the other, and pauses the connection meanwhile', async () => {
    const [begun, ends]: [number[], (() => void)[]] = [[], []];
    const { inbox, calls } = make((received) => {
      begun.push(received);
      return new Promise<void>((resolve) => ends.push(resolve));
    });
    for (const number of [1, 2, 3]) inbox.receive(number);
    await settled();
    expect([begun, calls]).toEqual([[1], ['pause']]);
    ends[0]?.();
    await settled();
    expect([begun, calls]).toEqual([
      [1, 2],
      ['pause', 'pause'],
    ]);
    ends[1]?.();
    await settled();
    ends[2]?.();
    await settled();
    expect([begun, calls.at(-1), calls.filter((call) => call === 'resume')]).toEqual([[1, 2, 3], 'resume', ['resume']]);
  });

  it('confirms the messages that it has handled, those of one turn together', async () => {
    const ends: (() => void)[] = [];
    const { inbox, confirmed, clock } = make((n) => (n > 2 ? new Promise<void>((end) => ends.push(end)) : undefined));
    for (const number of [1, 2, 3, 4]) inbox.receive(number);
    expect(confirmed).toEqual([]);
    clock.advance(0);
    expect(confirmed).toEqual([2]);
    ends[0]?.();
    await settled();
    clock.advance(0);
    expect([confirmed, ends.length]).toEqual([[2, 1], 2]);
  });

  it('confirms what it has handled before it refuses or fails, and nothing of what follows', () => {
    for (const bad of [3, 4]) {
      const { inbox, confirmed, calls } = make(
        (n) => {
          if (n === 3) throw new Error('mine');
        },
        bad === 4 ? 2 : 100,
      );
      for (const number of [1, 2, bad]) inbox.receive(number);
      expect([confirmed, calls]).toEqual([[2], [bad === 4 ? 'refuse' : 'failed: mine']]);
    }
  });

  it('allows a burst of one second’s messages, and refuses the next one', () => {
    const handled: number[] = [];
    const { inbox, calls, clock } = make((received) => handled.push(received), 10);
    for (let n = 0; n < 10; n++) inbox.receive(n);
    clock.advance(500);
    for (let n = 10; n < 15; n++) inbox.receive(n);
    expect([handled.length, calls]).toEqual([15, []]);
    inbox.receive(15);
    clock.advance(10_000);
    inbox.receive(16);
    expect([handled.length, calls]).toEqual([15, ['refuse']]);
  });

  it('lets no more bytes wait than allowed, and handles nothing after close()', async () => {
    const handled: number[] = [];
    const { inbox, calls } = make((received) => {
      handled.push(received);
      return new Promise<void>((resolve) => setImmediate(resolve));
    });
    // The first message is being handled. Four messages of five digits may wait.
    for (let n = 10_000; n < 10_006; n++) inbox.receive(n);
    expect(calls).toEqual(['pause', 'refuse']);
    await settled();
    inbox.close();
    await settled();
    await settled();
    expect(handled.length).toBeLessThanOrEqual(2);
    expect(calls.at(-1)).toBe('resume');
  });

  it('treats a thenable that throws when it is read like a handler that throws', () => {
    const { inbox, calls } = make(() => ({
      // biome-ignore lint/suspicious/noThenProperty: the test is about thenables
      get then() {
        throw new Error('no');
      },
    }));
    inbox.receive(1);
    expect(calls).toEqual(['failed: no']);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
  ])('handles no further message when a handler %s', async (_how, fails) => {
    const handled: number[] = [];
    const { inbox, calls } = make((received) => {
      handled.push(received);
      return fails();
    });
    inbox.receive(1);
    inbox.receive(2);
    await settled();
    inbox.receive(3);
    await settled();
    expect([handled, calls.filter((call) => call !== 'pause')]).toEqual([[1], ['failed: no']]);
  });

  it('reads no further while a client is too fast on all its connections together, and closes none', () => {
    const clientOf = (clock: FakeClock) => new TokenBucket(clock, 2);
    const handled: number[] = [];
    let client: TokenBucket | undefined;
    const { inbox, calls, clock } = make(
      (n) => void handled.push(n),
      100,
      () => client?.reserve() ?? 0,
    );
    client = clientOf(clock);
    for (const n of [1, 2, 3, 4]) inbox.receive(n);
    expect([handled, calls]).toEqual([[1, 2], ['pause']]);
    clock.advance(499);
    expect(handled).toEqual([1, 2]);
    clock.advance(1);
    expect([handled, calls]).toEqual([
      [1, 2, 3],
      ['pause', 'pause'],
    ]);
    clock.advance(500);
    expect([handled, calls.at(-1)]).toEqual([[1, 2, 3, 4], 'resume']);
  });
});
