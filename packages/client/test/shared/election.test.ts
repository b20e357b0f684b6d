import { type Election, type Locks as LockManager, runForLeader } from '../../src/shared/election';
import { Locks } from '../kit/locks';

const tasks = async () => {
  for (let n = 0; n < 5; n++) await new Promise((resolve) => setImmediate(resolve));
};

describe('an election', () => {
  let events: string[];
  const run = (name: string, locks: LockManager): Election => {
    const note = (event: string) => () => void events.push(`${name} ${event}`);
    return runForLeader(locks, 'a lock', note('elected'), note('replaced'), note('failed'));
  };
  const news = () => events.splice(0);
  beforeEach(() => {
    events = [];
  });

  it('elects one after the other, as each leaves', async () => {
    const locks = new Locks();
    const [a, b, c] = ['a', 'b', 'c'].map((name) => run(name, locks)) as [Election, Election, Election];
    for (const each of [a, b, c]) each.queue();
    await tasks();
    expect(news()).toEqual(['a elected']);
    b.leave();
    a.leave();
    await tasks();
    expect(news()).toEqual(['c elected']);
  });

  it('tells the leader that it was replaced, and elects it again after the one that took the lead', async () => {
    const locks = new Locks();
    const [a, b] = ['a', 'b'].map((name) => run(name, locks)) as [Election, Election];
    a.queue();
    b.queue();
    await tasks();
    b.take();
    await tasks();
    expect(news()).toEqual(['a elected', 'a replaced', 'b elected']);
    b.leave();
    await tasks();
    expect(news()).toEqual(['a elected']);
  });

  it('elects nobody who has left meanwhile', async () => {
    const locks = new Locks();
    const [a, b] = ['a', 'b'].map((name) => run(name, locks)) as [Election, Election];
    a.take();
    a.leave();
    b.queue();
    await tasks();
    expect(news()).toEqual(['b elected']);
  });

  it.each<[string, LockManager]>([
    ['refuses', { request: () => Promise.reject(new DOMException('Not in a sandbox', 'SecurityError')) }],
    [
      'throws',
      {
        request: () => {
          throw new Error('Not here');
        },
      },
    ],
  ])('fails where the lock manager %s', async (_, locks) => {
    run('a', locks).queue();
    await tasks();
    expect(news()).toEqual(['a failed']);
  });
});
