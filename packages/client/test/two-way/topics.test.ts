import { Topics, type TopicsHost, topicsParameter } from '../../src/two-way/topics';
import { PushwireError } from '../../src/wire/error';

function make(topics: readonly string[] = ['a'], over: Partial<TopicsHost> = {}) {
  const calls: string[] = [];
  const host: TopicsHost = {
    hasBegun: () => true,
    whenOpen: async () => void calls.push('open'),
    isOpen: () => true,
    canChangeInPlace: () => false,
    changeInPlace: async (list) => void calls.push(`change ${list}`),
    checkRight: async (list) => void calls.push(`check ${list}`),
    restart: (former, list) => calls.push(`restart ${former} to ${list}`),
    ...over,
  };
  const changing = new Topics(topics, host);
  const add = (...names: string[]) => changing.change(names, (former) => [...former, ...names]);
  return { topics: changing, calls, add };
}

describe('topics', () => {
  it('go with the first attempt while that has not begun', async () => {
    const { topics, add, calls } = make(['a'], { hasBegun: () => false });
    const adding = add('b');
    expect(topics.current).toEqual(['a', 'b']);
    await adding;
    expect(calls).toEqual(['open']);
  });

  it('are asked for before the connection begins anew', async () => {
    const { topics, add, calls } = make();
    await add('b', 'b');
    expect([topics.current, calls]).toEqual([
      ['a', 'b'],
      ['open', 'check a,b', 'restart a to a,b', 'open'],
    ]);
    await add('b');
    expect(calls.slice(4)).toEqual(['open']);
  });

  it('change in place where the transport goes both ways', async () => {
    const { topics, add, calls } = make(['a'], { canChangeInPlace: () => true });
    await add('b');
    expect([topics.current, calls]).toEqual([
      ['a', 'b'],
      ['open', 'change a,b'],
    ]);
  });

  it('are asked for again after a cut, by whatever transport follows', async () => {
    let cuts = 2;
    const { topics, add, calls } = make(['a'], {
      canChangeInPlace: () => cuts > 0,
      changeInPlace: async () => {
        cuts--;
        throw new PushwireError('network');
      },
    });
    await add('b');
    expect(calls).toEqual(['open', 'open', 'open', 'check a,b', 'restart a to a,b', 'open']);
    expect(topics.current).toEqual(['a', 'b']);
  });

  it('are not asked for while the connection is cut again', async () => {
    let checks = 0;
    const { add, calls } = make(['a'], { isOpen: () => ++checks > 4 });
    await add('b');
    expect(calls).toEqual(['open', 'open', 'open', 'check a,b', 'restart a to a,b', 'open']);
  });

  it.each([
    ['in place', { canChangeInPlace: () => true, changeInPlace: () => Promise.reject(refused) }],
    ['elsewhere', { checkRight: () => Promise.reject(refused) }],
  ])('stay as they are where others are refused, %s', async (_, over) => {
    const { topics, add, calls } = make(['a'], over);
    await expect(add('b')).rejects.toBe(refused);
    expect([topics.current, calls]).toEqual([['a'], ['open']]);
  });

  it('that the server may follow or not are settled by a new connection', async () => {
    const changeInPlace = () => Promise.reject(new PushwireError('timeout'));
    const { topics, add, calls } = make(['a'], { canChangeInPlace: () => true, changeInPlace });
    await expect(add('b')).rejects.toMatchObject({ code: 'timeout' });
    expect([topics.current, calls]).toEqual([['a'], ['open', 'restart a,b to a']]);
  });

  it('change one after the other, and go on after a refusal', async () => {
    const { topics, add, calls } = make(['a'], {
      canChangeInPlace: () => true,
      changeInPlace: async (list) => {
        calls.push(`change ${list}`);
        await new Promise((resolve) => setImmediate(resolve));
        calls.push('changed');
        if (list.includes('b')) throw refused;
      },
    });
    const changes = [add('b'), add('c')];
    await Promise.allSettled(changes);
    expect(calls).toEqual(['open', 'change a,b', 'changed', 'open', 'change a,c', 'changed']);
    expect(topics.current).toEqual(['a', 'c']);
  });

  it.each([
    [[7]],
    [['']],
    [[undefined]],
    [Array.from({ length: 101 }, (_, n) => `t${n}`)],
    [['x'.repeat(4097)]],
    [['ü'.repeat(700)]],
  ])('cannot be %p', async (names) => {
    const { add, calls } = make();
    await expect(add(...(names as string[]))).rejects.toMatchObject({ name: 'TypeError' });
    expect(() => make(names as string[])).toThrow(/topics/);
    expect(calls.filter((call) => call !== 'open')).toEqual([]);
  });

  it('are encoded so that a name may have commas', () => {
    expect(topicsParameter(['a,b', 'grüß', '100%'])).toBe('a%2Cb,gr%C3%BC%C3%9F,100%25');
  });
});

const refused = new PushwireError('refused', { status: 403 });
