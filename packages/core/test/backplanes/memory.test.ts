import { memoryBackplane } from '../../src/backplanes/memory';
import { defaultStateLimits } from '../../src/backplanes/state-limits';
import { createMessage } from '../../src/log/message';
import { FakeClock } from '../../src/testing';

function setUp(log = { count: 100, bytes: Infinity, age: 60_000 }) {
  const clock = new FakeClock();
  const limits = { logs: Infinity, logBytes: Infinity, runs: 10 };
  const backplane = memoryBackplane()({
    clock,
    limits,
    stateLimitsOf: () => defaultStateLimits,
    limitsOf: () => log,
    connectionsTo: () => 0,
    report: () => {},
  });
  const append = (name: string) => backplane.append(name, createMessage('x')) as { epoch: string; offset: number };
  const follow = (name: string, onChange = () => {}) =>
    backplane.follow(name, onChange) as Exclude<ReturnType<typeof backplane.follow>, Promise<unknown>>;
  return { clock, backplane, append, follow };
}

const minutes = 60_000;

describe('memoryBackplane', () => {
  it('gives each channel its own offsets and its own epoch', () => {
    const { append } = setUp();
    const [a1, a2, b1] = [append('a'), append('a'), append('b')];
    expect([a1.offset, a2.offset, b1.offset]).toEqual([1, 2, 1]);
    expect(a2.epoch).toBe(a1.epoch);
    expect(b1.epoch).not.toBe(a1.epoch);
    expect(a1.epoch).toMatch(/^[\w-]{8}$/);
  });

  it('calls the follower after each message, and once after the end', () => {
    const { append, backplane, follow } = setUp();
    const onChange = jest.fn();
    const { log } = follow('a', onChange);
    append('a');
    append('b');
    expect([onChange.mock.calls.length, log.head]).toEqual([1, 1]);
    backplane.end('a');
    backplane.end('a');
    expect([onChange.mock.calls.length, log.ended]).toEqual([2, true]);
  });

  it('evicts messages that are too old by itself', () => {
    const { append, clock, follow } = setUp();
    append('a');
    append('a');
    const followed = follow('a');
    const { log } = followed;
    followed.stop();
    expect(log.count).toBe(2);
    clock.advance(61_000);
    expect(log).toMatchObject({ count: 0, head: 2 });
  });

  it('forgets a channel 10 minutes after its last use, and then begins another epoch', () => {
    const { append, clock } = setUp();
    const { epoch } = append('a');
    clock.advance(9 * minutes);
    expect(append('a')).toEqual({ epoch, offset: 2 });
    clock.advance(12 * minutes);
    expect(append('a')).toEqual({ epoch: expect.not.stringContaining(epoch), offset: 1 });
  });

  it('never forgets a channel that is followed or that keeps messages', () => {
    const { append, clock, follow } = setUp();
    const { epoch } = append('followed');
    follow('followed');
    clock.advance(60 * minutes);
    expect(append('followed')).toEqual({ epoch, offset: 2 });
    const keeping = setUp({ count: 5, bytes: Infinity, age: Infinity });
    const first = keeping.append('kept');
    keeping.clock.advance(24 * 60 * minutes);
    expect(keeping.append('kept')).toEqual({ epoch: first.epoch, offset: 2 });
  });

  it('remembers the end of a channel for 10 minutes', () => {
    const { backplane, clock, append } = setUp();
    append('a');
    backplane.end('a');
    clock.advance(9 * minutes);
    expect(() => append('a')).toThrow(expect.objectContaining({ code: 'channel-ended' }));
    clock.advance(12 * minutes);
    expect(append('a').offset).toBe(1);
  });
});
