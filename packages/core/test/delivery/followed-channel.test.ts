import type { Followed } from '../../src/backplanes/backplane';
import { FollowedChannel } from '../../src/delivery/followed-channel';
import { Log } from '../../src/log/log';

function setUp() {
  const abandoned = jest.fn();
  const followed = { log: new Log('epoch'), stop: jest.fn() } satisfies Followed;
  return { following: new FollowedChannel('news', abandoned).hold(), abandoned, followed };
}

/** A promise that is settled by hand. */
function byHand() {
  let resolve: (followed: Followed) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<Followed>((...given) => {
    [resolve, reject] = given;
  });
  return { promise, resolve, reject };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a following', () => {
  it('ends when nobody holds it, once', () => {
    const { following, abandoned, followed } = setUp();
    following.begin(followed);
    following.hold();
    following.release();
    expect(abandoned).not.toHaveBeenCalled();
    following.release();
    expect([abandoned.mock.calls.length, followed.stop.mock.calls.length]).toEqual([1, 1]);
  });

  it('of which all let go before it has begun may be held again, so that no other begins meanwhile', async () => {
    const { following, abandoned, followed } = setUp();
    const { promise, resolve } = byHand();
    following.begin(promise);
    following.release();
    expect(abandoned).not.toHaveBeenCalled();
    following.hold();
    resolve(followed);
    await turn();
    expect([following.log, abandoned.mock.calls.length, followed.stop.mock.calls.length]).toEqual([followed.log, 0, 0]);
    following.release();
    expect([abandoned.mock.calls.length, followed.stop.mock.calls.length]).toEqual([1, 1]);
  });

  it('that nobody holds ends when it has begun', async () => {
    const { following, abandoned, followed } = setUp();
    const { promise, resolve } = byHand();
    following.begin(promise);
    following.release();
    resolve(followed);
    await turn();
    expect([abandoned.mock.calls.length, followed.stop.mock.calls.length]).toEqual([1, 1]);
  });

  it('that could not begin ends when nobody holds it, and harms nobody who does not wait for it', async () => {
    const { following, abandoned } = setUp();
    const { promise, reject } = byHand();
    const unhandled = jest.fn();
    process.on('unhandledRejection', unhandled);
    following.begin(promise);
    reject(new Error('away'));
    await turn();
    await turn();
    process.off('unhandledRejection', unhandled);
    expect([abandoned.mock.calls.length, unhandled.mock.calls.length]).toEqual([0, 0]);
    await expect(following.ready).rejects.toThrow('away');
    following.release();
    expect(abandoned).toHaveBeenCalledTimes(1);
  });
});
