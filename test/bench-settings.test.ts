import type { Contest, Subject } from '../bench/contest';
import { contests } from '../bench/contests';
import { groups } from '../bench/groups';
import { runRounds } from '../bench/rounds';
import { readSettings } from '../bench/settings';

const read = (...args: string[]) => readSettings(contests, args);

describe('the options of the bench', () => {
  it('have each part of a group once, with the extent that bounds its time', () => {
    const settings = read('--only', 'cost,accept');
    const parts = Object.keys(groups.cost?.parts ?? {});
    expect(settings?.contests.map(({ name }) => name)).toEqual(parts);
    expect(settings?.extent.perTurn).toEqual([1, 16]);
    expect(settings?.shares.idle).toEqual({ rounds: 2 });
  });

  it('leave a part that was asked for by its own name as it is', () => {
    const settings = read('--only', 'idle');
    expect(settings?.shares).toEqual({});
    expect(settings?.extent.perTurn).toEqual([1, 4, 16, 64]);
  });

  it('take names that begin alike together, and several versions of Node', () => {
    expect(read('--only', 'redis')?.contests.map(({ name }) => name)).toEqual([
      'redis-publish',
      'redis-latency',
      'redis-follow',
    ]);
    expect(read('--node', '20,/opt/node')?.nodes).toEqual(['20', '/opt/node']);
    expect(read()?.nodes).toEqual([process.execPath]);
  });

  it('name a part that is unknown', () => {
    expect(() => read('--only', 'costs')).toThrow(/--only: expected some of fan-out, .*, got costs/);
  });
});

describe('the rounds of the bench', () => {
  const nodes = ['20.20.2', '24.21.0'].map((version) => ({ version, commandLine: [version, '--flag'] }));
  const run = async (...versions: typeof nodes) => {
    const calls: string[] = [];
    const contest = {
      name: 'made-up',
      entrants: { ours: { title: 'ours' }, nginx: { title: 'nginx', isNode: false } },
      measure: async ({ entrant, clients, plan }: Subject) => {
        calls.push(`${entrant.title} ${plan.node.join(' ')}`);
        return [{ scene: { clients }, figures: {}, counted: {} }];
      },
    } as unknown as Contest;
    const field = { clientCounts: [10], variants: ['ours', 'nginx'], nodes: versions };
    const measurements = await runRounds(contest, { rounds: 2, seconds: 1, perTurn: [1] }, field, () => {});
    return { calls, scenes: measurements.map(({ round, variant, scene }) => [round, variant, scene.node]) };
  };

  it('measure each server on one Node after another, and nginx once for all', async () => {
    expect(await run(...nodes)).toEqual({
      calls: [
        ...['ours 20.20.2 --flag', 'ours 24.21.0 --flag', 'nginx 20.20.2 --flag'],
        ...['nginx 20.20.2 --flag', 'ours 24.21.0 --flag', 'ours 20.20.2 --flag'],
      ],
      scenes: [
        ...[
          [1, 'ours', '20.20.2'],
          [1, 'ours', '24.21.0'],
          [1, 'nginx', '20.20.2'],
          [1, 'nginx', '24.21.0'],
        ],
        ...[
          [2, 'nginx', '20.20.2'],
          [2, 'nginx', '24.21.0'],
          [2, 'ours', '24.21.0'],
          [2, 'ours', '20.20.2'],
        ],
      ],
    });
  });

  it('name no Node where there is only one', async () => {
    const [first] = nodes;
    expect((first && (await run(first)))?.scenes[0]).toEqual([1, 'ours', undefined]);
  });
});
