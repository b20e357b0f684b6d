import { defaultStateLimits } from '@pushwire/core/backplanes';
import { FakeClock } from '@pushwire/core/testing';
import type { LogScripts } from '../../src/channels/log-scripts';
import { keepValues, readValue } from '../../src/scripts/value-keep';
import { readValues } from '../../src/scripts/value-read';
import { RedisStates } from '../../src/states/redis-states';

/** One reply to the script that reads a page. */
interface Page {
  readonly epoch?: string;
  readonly head: number;
  readonly after?: number;
  /** The keys by offset. One that begins with `-` is deleted. */
  readonly keys?: Record<number, string>;
  readonly rest?: string;
}

const time = 1_000_000;

const entry = (offset: number | string, key: string, since = time) =>
  `${offset} ${since} 9 ${key.startsWith('-') ? key : `=${key.length} ${key}j\n${offset}`}`;

function replyOf({ epoch = 'one', head, after = 0, keys = {}, rest = '' }: Page) {
  const entries = Object.entries(keys).map(([offset, key]) => entry(offset, key));
  return [`${time}`, 'abcdef0', 'life', epoch, `${head}`, 0, `${after}`, entries, '0', 'life', -1, '', rest];
}

/** States whose pages come in this order. `asked` has the epoch, the offset and the list of each read. */
function setUp(pages: readonly (Page | 'nothing')[], limits = {}) {
  const asked: string[] = [];
  const waiting = [...pages];
  const run = jest.fn(
    async (script: unknown, _log: string, _memory: number, args: readonly string[]): Promise<unknown> => {
      if (script === keepValues) return asked.push('keep');
      if (script !== readValues) throw new Error('not asked for');
      asked.push(args.join('|'));
      const page = waiting.shift() as Page | 'nothing';
      return page === 'nothing' ? [`${time}`, 'abcdef0', 'life'] : replyOf(page);
    },
  );
  const clock = new FakeClock();
  const scripts = { run, withMove: async (_log: string, _from: unknown, page: unknown) => page, isSharded: false };
  const states = new RedisStates({
    clock,
    scripts: scripts as unknown as LogScripts,
    memory: 0,
    limitsOf: () => ({ ...defaultStateLimits, ...limits }),
    failed() {},
  });
  return { states, asked, run, clock, waiting };
}

const shown = async ({ states }: ReturnType<typeof setUp>) => {
  const { entries } = await states.read('log');
  return entries.map(({ offset, message }) => `${offset} ${message.key}`);
};

describe('the states in Redis', () => {
  it('are read in one page where they are small, in the order of the offsets', async () => {
    const set = setUp([{ head: 9, keys: { 7: 'a', 2: 'b', 9: '-c' } }]);
    expect(await shown(set)).toEqual(['2 b', '7 a']);
    expect(set.asked).toEqual(['|0|']);
  });

  it('are read in parts, and at last what has changed meanwhile, in one step', async () => {
    const set = setUp([
      { head: 9, rest: '1 2 3 4 9' },
      // The page was full after two entries. The message at 4 is replaced.
      { head: 12, after: 9, keys: { 1: 'a', 2: 'b' }, rest: '3 9' },
      { head: 13, after: 9, keys: { 3: 'c', 9: 'e' } },
      { head: 13, after: 9, keys: { 12: 'd', 13: '-a' } },
    ]);
    expect(await shown(set)).toEqual(['2 b', '3 c', '9 e', '12 d']);
    expect(set.asked).toEqual(['|0|', 'one|9|1 2 3 4 9', 'one|9|3 9', 'one|9|']);
  });

  it('are asked for a bounded number of messages in one step', async () => {
    const offsets = Array.from({ length: 1100 }, (_, i) => i + 1);
    const set = setUp([
      { head: 1100, rest: offsets.join(' ') },
      ...[0, 1, 2].map(() => ({ head: 1100, after: 1100 })),
      { head: 1100, after: 1100 },
    ]);
    await set.states.read('log');
    expect(set.asked.map((text) => text.split('|')[2]?.split(' ').filter(Boolean).length)).toEqual([
      0, 500, 500, 100, 0,
    ]);
  });

  it('are read anew where they were cleared, or where deletions were forgotten meanwhile', async () => {
    const begun: Page[] = [
      { head: 9, rest: '1 2' },
      { head: 9, after: 9, keys: { 1: 'a' } },
    ];
    const cleared = setUp([...begun, { epoch: 'two', head: 1, keys: { 1: 'b' } }]);
    expect(await shown(cleared)).toEqual(['1 b']);
    const forgotten = setUp([...begun, { head: 12, after: 11, keys: { 2: 'c' } }]);
    expect(await shown(forgotten)).toEqual(['2 c']);
    const between = setUp([
      { head: 9, rest: '1 2' },
      { epoch: 'two', head: 3, keys: { 1: 'x' } },
      { epoch: 'two', head: 3, keys: { 3: 'y' } },
    ]);
    expect(await shown(between)).toEqual(['3 y']);
    expect(between.asked).toEqual(['|0|', 'one|9|1 2', '|0|']);
    expect(await shown(setUp([...begun, 'nothing']))).toEqual([]);
  });

  it('give a copy a page from where its log continues, or from the floor', async () => {
    const from = { epoch: 'one', head: 4 };
    const rest = setUp([{ head: 6, after: 4, keys: { 6: 'a' } }]);
    expect(await rest.states.readPage('log', from)).toMatchObject({ after: 4, head: 6, isWhole: true });
    expect(rest.asked).toEqual(['one|4|']);
    const whole = setUp([
      { head: 9, after: 5, rest: '1 9' },
      { head: 9, after: 9, keys: { 1: 'a', 9: 'b' } },
      { head: 10, after: 9, keys: { 10: 'a' } },
    ]);
    const page = await whole.states.readPage('log', from);
    expect(page).toMatchObject({ after: 5, head: 10 });
    expect(page.entries.map(({ offset }) => offset)).toEqual([9, 10]);
  });

  it('let a copy not begin with values that are too old', async () => {
    const set = setUp(
      [
        { head: 2, keys: { 1: 'a', 2: '-b' } },
        { head: 3, keys: { 2: '-b', 3: '-a' } },
      ],
      { age: 1 },
    );
    const reply = replyOf({ head: 2 });
    reply[7] = [entry(1, 'a', time - 1), entry(2, '-b', time - 1)];
    set.waiting.shift();
    set.run.mockImplementationOnce(async () => reply);
    expect(await set.states.readPage('log', undefined)).toMatchObject({ head: 3, isOverdue: false });
    expect(set.asked).toEqual(['keep', '|0|']);
  });

  it('show no single value that is too old or deleted', async () => {
    const reading = async (text: string | null) => {
      const set = setUp([], { age: 10 });
      set.run.mockImplementationOnce(async (script) => {
        expect(script).toBe(readValue);
        return [`${time}`, '', 'one', text];
      });
      const { epoch, entries } = await set.states.read('log', 'a');
      return [epoch, entries.map(({ time: at }) => set.clock.now() - at)];
    };
    expect(await reading(entry(1, 'a', time - 9))).toEqual(['one', [9]]);
    for (const text of [entry(1, 'a', time - 10), entry(1, '-a'), null])
      expect(await reading(text)).toEqual(['one', []]);
  });
});
