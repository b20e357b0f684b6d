import { hasMoved, parseMaster, SlotMoves, slotOf } from '../../src/channels/slot-moves';

// The package has no types.
const calculateSlot: (key: string) => number = require('cluster-key-slot');

interface View {
  run?: string;
  replid?: string;
  replid2?: string;
  takeover?: number;
  role?: string;
  nodes: string;
}

const zeros = '0'.repeat(40);
const repliesOf = ({ run = 'x', replid = `${run}f`, replid2 = zeros, takeover = -1, role = 'master', nodes }: View) => [
  `# Server\r\nrun_id:${run}\r\n`,
  `role:${role}\r\nmaster_replid:${replid}\r\nmaster_replid2:${replid2}\r\nsecond_repl_offset:${takeover}\r\n`,
  nodes,
];
const node = (id: string, slots: string, flags = 'master') => `${id} 127.0.0.1:1@2 ${flags} - 0 0 1 connected ${slots}`;
const parsed = (...views: View[]) => views.flatMap((view) => parseMaster(repliesOf(view)) ?? []);

const target: View = { run: 'b', nodes: [node('idA', '0-99'), node('idB', '100-200', 'myself,master')].join('\n') };
const source = (slots: string, targetSlots: string): View => ({
  run: 'a',
  nodes: [node('idA', slots, 'myself,master'), node('idB', targetSlots)].join('\n'),
});

describe('the keys of a slot', () => {
  it.each<[string, boolean, View[]]>([
    [
      'have moved when their former server says that another one has the slot',
      true,
      [source('0-49', '50 100-200'), target],
    ],
    [
      'have moved when their former server is giving the slot away',
      true,
      [source('0-99 [50->-idB]', '100-200'), target],
    ],
    ['have not moved when their former server still has the slot', false, [source('0-99', '100-200'), target]],
    [
      'have not moved when their former server gives away another slot',
      false,
      [source('0-99 [51->-idB]', '100-200'), target],
    ],
    ['have not moved when their former server takes the slot', false, [source('0-99 [50-<-idB]', '100-200'), target]],
    ['have not moved when their former server does not reply', false, [target]],
    [
      'have not moved when their former server is a replica now',
      false,
      [{ ...source('', '50'), role: 'slave' }, target],
    ],
    ['have not moved when their former server was restarted', false, [{ ...source('', '50'), run: 'a2' }, target]],
    [
      'have not moved when their former server was in charge before',
      false,
      [{ ...source('', '50'), takeover: 7 }, target],
    ],
    ['have not moved to a replica that took over', false, [source('', '50'), { ...target, replid2: 'af' }]],
  ])('%s', (_what, expected, views) => {
    expect(hasMoved(parsed(...views), 50, 'a.-1', 'b.-1')).toBe(expected);
  });

  it.each(['news', 'pushwire:{news}:log', 'pushwire:{ö 漢}:log', 'a}b'])(
    'of %j are in the slot that Redis computes',
    (key) => {
      expect(slotOf(key)).toBe(calculateSlot(key));
    },
  );

  it('are asked about in a round that begins later, and rounds are shared', async () => {
    const rounds: ((replies: readonly (readonly unknown[])[]) => void)[] = [];
    const askMasters = () => new Promise<readonly (readonly unknown[])[]>((resolve) => rounds.push(resolve));
    const moves = new SlotMoves({ askMasters });
    const replies = [source('', '0-16383'), target].map(repliesOf);
    const first = moves.hasMoved('news', 'a.-1', 'b.-1');
    const others = [moves.hasMoved('a', 'a.-1', 'b.-1'), moves.hasMoved('b', 'a.-1', 'c.-1')];
    expect(rounds).toHaveLength(1);
    rounds[0]?.([]);
    expect(await first).toBe(false);
    expect(rounds).toHaveLength(2);
    rounds[1]?.(replies);
    expect(await Promise.all(others)).toEqual([true, false]);
  });
});
