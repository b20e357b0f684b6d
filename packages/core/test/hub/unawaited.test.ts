import { memoryBackplane } from '../../src/backplanes/memory';
import { PushwireError } from '../../src/checks/errors';
import { createHub } from '../../src/hub/hub';
import { FakeClock } from '../../src/testing';

interface Line {
  readonly err: PushwireError;
  readonly count: number;
  readonly message: string;
}

function setUp() {
  const clock = new FakeClock();
  const lines: Line[] = [];
  const ignore = () => {};
  const error = (fields: object, message: string) => void lines.push({ ...fields, message } as Line);
  const hub = createHub({ clock, logger: { debug: ignore, info: ignore, error }, limits: { messageBytes: 10 } });
  /** Lets promises settle, and then ends the turn. */
  const settle = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    clock.turn();
  };
  return { clock, lines, hub, settle };
}

const tooLarge = 'x'.repeat(11);

describe('a call that nothing awaits', () => {
  it('gives its failure to the logger, with its count', async () => {
    const { lines, hub, settle } = setUp();
    const news = hub.channel('news');
    news.publish(tooLarge);
    news.publish(tooLarge);
    await settle();
    expect(lines).toEqual([
      {
        err: expect.objectContaining({ code: 'message-too-large' }),
        count: 2,
        message: 'publish() failed, and nothing awaited it',
      },
    ]);
  });

  it.each<[string, (publishing: Promise<string>) => unknown]>([
    ['then() without a handler for failures', (publishing) => publishing.then(() => 'done')],
    ['finally()', (publishing) => publishing.finally(() => {})],
    ['a longer chain without one', (publishing) => publishing.then(String).then(String).finally()],
  ])('is reported once after %s', async (_name, chain) => {
    const { lines, hub, settle } = setUp();
    chain(hub.channel('news').publish(tooLarge));
    await settle();
    await settle();
    expect(lines.map(({ count }) => count)).toEqual([1]);
  });

  it.each<[string, (publishing: Promise<string>) => Promise<unknown>]>([
    ['await', async (publishing) => await publishing],
    ['return from an async function', async (publishing) => publishing],
    ['Promise.all', (publishing) => Promise.all([publishing])],
    ['Promise.resolve', (publishing) => Promise.resolve(publishing)],
    ['then() and catch()', (publishing) => publishing.then(() => 'done')],
    ['finally() and catch()', (publishing) => publishing.finally(() => {})],
  ])('is not meant by %s, which still gets the failure', async (_name, take) => {
    const { lines, hub, settle } = setUp();
    await expect(take(hub.channel('news').publish(tooLarge))).rejects.toThrow(PushwireError);
    await settle();
    expect(lines).toEqual([]);
  });

  it('is reported, and can still be awaited later', async () => {
    const { lines, hub, settle } = setUp();
    const publishing = hub.channel('news').publish(tooLarge);
    await settle();
    await expect(publishing).rejects.toThrow('at most 10 bytes');
    expect(lines).toHaveLength(1);
  });

  it('is reported at most once a second for each kind of failure', async () => {
    const { clock, lines, hub, settle } = setUp();
    const [news, old] = [hub.channel('news'), hub.channel('old')];
    await old.end();
    for (let turn = 0; turn < 100; turn++) {
      news.publish(tooLarge);
      if (turn === 50) old.publish('x');
      await settle();
      clock.advance(5);
    }
    clock.advance(1000);
    expect(lines.map(({ err, count }) => [err.code, count])).toEqual([
      ['message-too-large', 1],
      ['message-too-large', 99],
      ['channel-ended', 1],
    ]);
  });

  it('may be any that returns a promise', async () => {
    const { lines, hub, settle } = setUp();
    const news = hub.channel('news');
    await hub.close();
    for (const call of [news.publish('x'), news.end(), news.reportedConnections()])
      expect(call).toBeInstanceOf(Promise);
    await settle();
    expect(lines.map(({ message, err }) => [message.split(' ')[0], err.code])).toEqual([
      ['publish()', 'hub-closed'],
      ['end()', 'hub-closed'],
      ['reportedConnections()', 'hub-closed'],
    ]);
  });

  it('is the close() of a hub whose backplane does not close, too', async () => {
    const { lines, settle } = setUp();
    const clock = new FakeClock();
    const error = (fields: object) => void lines.push(fields as Line);
    const ignore = () => {};
    const memory = memoryBackplane();
    const hub = createHub({
      clock,
      logger: { debug: ignore, info: ignore, error },
      backplane: (host) => Object.assign(memory(host), { close: () => Promise.reject(new Error('no way')) }),
    });
    hub.close();
    await settle();
    clock.turn();
    expect(lines.map(({ err }) => err.message)).toEqual(['no way']);
  });

  it('is one warning of the process without a logger', async () => {
    const clock = new FakeClock();
    const hub = createHub({ clock });
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const news = hub.channel('news');
    await news.end();
    for (let n = 0; n < 2; n++) {
      news.publish('x');
      await new Promise((resolve) => setImmediate(resolve));
      clock.turn();
      clock.advance(2000);
    }
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn).toHaveBeenCalledWith(
      expect.stringMatching(/publish\(\) failed, and nothing awaited it: .*has ended/),
      expect.objectContaining({ type: 'PushwireWarning' }),
    );
    warn.mockRestore();
  });
});

describe('what an own then() of the app throws', () => {
  it.each<[string, unknown]>([
    ['a symbol', Symbol('thrown')],
    ['a value without a text', Object.create(null)],
    ['a value with a code that is a symbol', { code: Symbol('code') }],
  ])('may be %s, which is a warning too', async (_, thrown) => {
    const clock = new FakeClock();
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const publishing = createHub({ clock }).channel('old').end();
    publishing.then(() => {
      throw thrown;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(() => clock.turn()).not.toThrow();
    expect(warn).toHaveBeenCalledTimes(1);
    warn.mockRestore();
  });
});

describe('a publish that succeeds', () => {
  it('returns an ordinary promise', () => {
    const publishing = createHub().channel('news').publish('x');
    expect(publishing.constructor).toBe(Promise);
  });
});
