import type { Followed } from '../../src/backplanes/backplane';
import { FollowedChannel, refreshBehind } from '../../src/delivery/followed-channel';
import { Log } from '../../src/log/log';

function setUp() {
  const onIdle = jest.fn();
  const followed = { log: new Log('epoch'), stop: jest.fn() } satisfies Followed;
  return { channel: new FollowedChannel('news', onIdle).hold(), onIdle, followed };
}

/** A promise that the test settles. */
function deferred() {
  let resolve: (followed: Followed) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<Followed>((...settle) => {
    [resolve, reject] = settle;
  });
  return { promise, resolve, reject };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a followed channel', () => {
  it('is stopped once, when its last holder releases it', () => {
    const { channel, onIdle, followed } = setUp();
    channel.begin(followed);
    channel.hold();
    channel.release();
    expect(onIdle).not.toHaveBeenCalled();
    channel.release();
    expect([onIdle.mock.calls.length, followed.stop.mock.calls.length]).toEqual([1, 1]);
  });

  it('can be held again if it was released before it had begun', async () => {
    const { channel, onIdle, followed } = setUp();
    const { promise, resolve } = deferred();
    channel.begin(promise);
    channel.release();
    expect(onIdle).not.toHaveBeenCalled();
    channel.hold();
    resolve(followed);
    await turn();
    expect([channel.log, onIdle.mock.calls.length, followed.stop.mock.calls.length]).toEqual([followed.log, 0, 0]);
    channel.release();
    expect([onIdle.mock.calls.length, followed.stop.mock.calls.length]).toEqual([1, 1]);
  });

  it('is stopped as soon as it has begun if it was released before', async () => {
    const { channel, onIdle, followed } = setUp();
    const { promise, resolve } = deferred();
    channel.begin(promise);
    channel.release();
    resolve(followed);
    await turn();
    expect([onIdle.mock.calls.length, followed.stop.mock.calls.length]).toEqual([1, 1]);
  });

  it('that could not begin is forgotten when it is released, and causes no unhandled rejection', async () => {
    const { channel, onIdle } = setUp();
    const { promise, reject } = deferred();
    const unhandled = jest.fn();
    process.on('unhandledRejection', unhandled);
    channel.begin(promise);
    reject(new Error('away'));
    await turn();
    await turn();
    process.off('unhandledRejection', unhandled);
    expect([onIdle.mock.calls.length, unhandled.mock.calls.length]).toEqual([0, 0]);
    await expect(channel.ready).rejects.toThrow('away');
    channel.release();
    expect(onIdle).toHaveBeenCalledTimes(1);
  });
});

describe('a reader that comes to a copy', () => {
  it.each([
    ['of a channel that has everything', 'news', 0],
    ['of a run, of which another process may know more', 'pushwire:run:chat', 1],
  ])('%s', async (_what, name, refreshes) => {
    const refresh = jest.fn(async () => {});
    const channel = new FollowedChannel(name, () => {}).hold();
    channel.begin({ log: new Log('epoch'), refresh, stop() {} });
    await refreshBehind([channel], 'oldest', ['']);
    expect(refresh).toHaveBeenCalledTimes(refreshes);
  });
});
