import { MemoryBackplane } from '../../src/backplanes/memory';
import { defaultStateLimits } from '../../src/backplanes/state-limits';
import { runLogLimits } from '../../src/log/log-limits';
import { createMessage } from '../../src/log/message';
import { FakeClock } from '../../src/testing';

// What a process keeps of runs. The rest is in the conformance suite of stores.

function setUp(limits = { logs: 100, logBytes: 10_000, runs: 3 }) {
  const clock = new FakeClock();
  const backplane = new MemoryBackplane({
    clock,
    limits,
    stateLimitsOf: () => defaultStateLimits,
    limitsOf: () => runLogLimits,
    connectionsTo: () => 0,
    report: () => {},
  });
  const { runs } = backplane;
  const times = { lease: 15_000, keep: 60_000 };
  const claim = (name: string, owner = name) => runs.claim(name, { owner, key: undefined, ...times }, () => {});
  const end = (name: string, owner = name) => {
    const epoch = runs.state(name)?.epoch as string;
    const message = createMessage('x'.repeat(100));
    return runs.write(name, {
      owner,
      epoch,
      after: 0,
      messages: [message],
      outcome: { outcome: 'completed' },
      ...times,
    });
  };
  return { clock, backplane, runs, claim, end };
}

const names = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `pushwire:run:${name}`);

describe('the runs in memory', () => {
  it('leave nothing behind', () => {
    const { runs, backplane, claim, end, clock } = setUp();
    const [name = ''] = names;
    for (let n = 0; n < 3; n++) {
      claim(name, `${n}`);
      end(name, `${n}`);
    }
    runs.stop(name, { reason: '', key: 'another' });
    const followed = backplane.follow(name, () => {});
    expect([runs.size, backplane.store.tally.bytes]).toEqual([1, 300]);
    clock.advance(61_000);
    expect([runs.size, backplane.store.tally.bytes, runs.state(name)]).toEqual([1, 0, undefined]);
    followed.stop();
    expect([runs.size, runs.timers.size]).toEqual([0, 0]);
  });

  it('keep nothing of names that were only asked for', () => {
    const { runs, backplane } = setUp();
    for (const name of names) {
      runs.state(name);
      backplane.follow(name, () => {}).stop();
    }
    expect(runs.size).toBe(0);
  });

  it('keep as many stops as runs for names that were never started, the newest', () => {
    const { runs, claim, clock } = setUp();
    for (const name of names) runs.stop(name, { reason: 'early', key: undefined });
    expect(runs.size).toBe(3);
    expect(claim(names[2] as string)).not.toHaveProperty('stop');
    expect(claim(names[5] as string)).toMatchObject({ stop: 'early' });
    clock.advance(61_000);
    expect(runs.size).toBe(2);
  });

  it('remember the stops of 16 keys of a name', () => {
    const { runs } = setUp();
    const [name = ''] = names;
    for (let n = 0; n < 17; n++) runs.stop(name, { reason: `${n}`, key: `${n}` });
    const claimed = [0, 1, 16].map((key) => {
      const claim = { owner: `${key}`, key: `${key}`, lease: 1000, keep: 1000 };
      const reply = runs.claim(name, claim, () => {});
      const epoch = runs.state(name)?.epoch as string;
      runs.write(name, { ...claim, epoch, after: 0, messages: [], outcome: { outcome: 'stopped' } });
      return 'stop' in reply && reply.stop;
    });
    expect(claimed).toEqual([false, '1', '16']);
  });

  it('have a new epoch for each start, even of a name that was forgotten', () => {
    const { runs, claim, end } = setUp();
    const epochs = new Set<string>();
    for (let n = 0; n < 20; n++) {
      const name = names[n % 5] as string;
      claim(name, `${n}`);
      epochs.add(runs.state(name)?.epoch as string);
      end(name, `${n}`);
    }
    expect(epochs.size).toBe(20);
  });

  it('forget what ended first when a start needs room, but not what is under way', () => {
    const { runs, claim, end } = setUp();
    const [a, b, c, d] = names as [string, string, string, string];
    for (const name of [a, b, c]) claim(name);
    expect(() => claim(d)).toThrow('limits.runs');
    expect(runs.size).toBe(3);
    end(b);
    end(a);
    claim(d);
    expect([a, b, c, d].map((name) => runs.state(name)?.status)).toEqual([
      'completed',
      undefined,
      'running',
      'running',
    ]);
  });

  it('tell a follower that a run is forgotten under it', () => {
    const { backplane, claim, end, runs } = setUp();
    const [a = '', b = ''] = names;
    claim(a);
    end(a);
    let changes = 0;
    const followed = backplane.follow(a, () => changes++);
    backplane.store.makeRoom(9900);
    expect([changes, followed.isKnown, followed.log.isDrained, followed.log.ended]).toEqual([1, false, true, true]);
    claim(a, 'again');
    expect([followed.isKnown, followed.log.ended, followed.log.head]).toEqual([true, false, 0]);
    claim(b);
    expect(runs.size).toBe(2);
  });
});
