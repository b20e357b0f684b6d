import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Contest } from '../bench/contest';
import { documentsOf, withBlocks } from '../bench/pages/blocks';
import { egressTable } from '../bench/pages/egress';
import { Figures } from '../bench/pages/figures';
import { missedTable } from '../bench/pages/results-block';
import { scaleOf } from '../bench/pages/scale';
import { type ScaleFigures, scaleFiguresOf } from '../bench/pages/scale-figures';
import { chart } from '../bench/report/chart';
import { overview, tables } from '../bench/report/table';
import { judge, verdictTable } from '../bench/report/targets';
import type { RoundMeasurement } from '../bench/rounds';

/** Measurements of three variants in two rounds on two versions of Node. */
const contest: Contest = {
  name: 'made-up',
  heading: 'Made up',
  entrants: { ours: { title: 'pushwire' }, route: { title: 'a route' }, socket: { title: 'a socket' } },
  figures: [{ key: 'micros', title: 'µs', unit: 'µs', charted: true }],
  comparisons: [{ figure: 'micros', base: ['route', 'socket'], column: '× both' }],
  targets: [{ figure: 'micros', variant: 'ours', base: ['route', 'socket'], most: 1.15, clients: 10 }],
  packages: [],
  clients: [10],
  rounds: 2,
  measure: () => Promise.reject(new Error('nothing is measured here')),
};
const measurements = [
  { node: '20.20.2', ours: 33, route: 10, socket: 20 },
  { node: '24.21.0', ours: 36, route: 10, socket: 20 },
].flatMap(({ node, ...figures }) =>
  [1, 2].flatMap((round) =>
    Object.entries(figures).map(
      ([variant, micros]): RoundMeasurement => ({
        round,
        variant,
        scene: { clients: 10, node },
        figures: { micros: micros * round },
        counted: {},
      }),
    ),
  ),
);

describe('what the bench writes of several versions of Node', () => {
  it('judges the sum of two entrants, on each Node', () => {
    expect(judge(contest, measurements).map(({ node, met }) => ({ node, met }))).toEqual([
      { node: '20.20.2', met: true },
      { node: '24.21.0', met: false },
    ]);
    expect(verdictTable(judge(contest, measurements))).toBe(
      [
        '| Target                   |                     at most | Node 20.20.2 | Node 24.21.0 |',
        '| ------------------------ | --------------------------: | -----------: | -----------: |',
        '| pushwire, µs, 10 clients | 1.15 × (a route + a socket) |    1.10: met | 1.20: MISSED |',
        '',
        '1 met, 1 missed, 0 not measured.',
      ].join('\n'),
    );
  });

  it('has a column for each Node in the overview, a table for each, and all bars in one panel', () => {
    expect(overview(contest, measurements).join('\n')).toContain('| Node 20.20.2 | Node 24.21.0 |');
    expect(tables(contest, measurements)).toMatch(/10 clients, Node 20\.20\.2.*10 clients, Node 24\.21\.0/s);
    const drawn = chart(contest, measurements, 'here');
    expect(drawn.match(/font-weight="600">10 clients</g)).toHaveLength(1);
    expect(drawn.match(/<path /g)).toHaveLength(6);
  });
});

describe('the tables of the documents', () => {
  it('agree with the results of the bench', () => {
    for (const { file, blocks } of documentsOf(resolve('.'))) {
      const text = readFileSync(file, 'utf8');
      expect(withBlocks(text, blocks)).toBe(text);
    }
  });

  it('are written between their comments, and none may lack its place', () => {
    const text = 'before\n<!-- bench: one -->\nold\n<!-- end -->\nafter\n';
    expect(withBlocks(text, { one: 'new' })).toBe('before\n<!-- bench: one -->\n\nnew\n\n<!-- end -->\nafter\n');
    expect(() => withBlocks(text, {})).toThrow('there is no block one');
    expect(() => withBlocks(text, { one: '', two: '' })).toThrow('no place for the blocks two');
  });
});

describe('the figures of a page', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pushwire-pages-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const machine = { cpu: 'Intel(R) Xeon(R) Processor', node: 'v20.20.2' };
  const at = (clients: number, rss: number) => ({
    ...{ round: 1, variant: 'pushwire-express', scene: { clients }, figures: { rss }, counted: {} },
  });

  it('are those of the most clients, and say where they are from', () => {
    const measurements = [at(100, 9), at(1000, 5), { ...at(1000, 1), variant: 'no longer there' }];
    writeFileSync(join(folder, 'idle.json'), JSON.stringify({ date: '2026-11-28', machine, measurements }));
    expect(new Figures(folder, 'results').get({ part: 'idle', variant: 'pushwire-express', figure: 'rss' })).toEqual({
      value: 5,
      from: '[`idle`](results/idle.md), 1,000 clients, 2026-11-28, Intel Xeon, Node 20.20.2',
    });
  });

  it('are there for every Node where one of them has missed a target', () => {
    const held = (variant: string, node: string, rss: number) => ({
      ...{ round: 1, variant, scene: { clients: 10_000, node }, figures: { rss }, counted: {} },
    });
    const measurements = [
      ...[held('pushwire-express', '20.20.2', 9000), held('pushwire-express', '24.21.0', 11_000)],
      ...[held('pushwire-koa', '20.20.2', 9000), held('pushwire-koa', '24.21.0', 9000)],
    ];
    writeFileSync(join(folder, 'idle.json'), JSON.stringify({ date: '2026-11-28', machine, measurements }));
    const rows = missedTable(folder)
      .split('\n')
      .filter((row) => row.includes('KiB'));
    expect(rows).toEqual([expect.stringMatching(/^\| pushwire on Express 5.* 8\.79: met \| 10\.7: MISSED \|$/)]);
  });

  it('are unknown until they are measured', () => {
    const figures = scaleFiguresOf(new Figures(folder, 'results'));
    expect(figures.idle).toEqual({ value: Number.NaN, from: '[`idle`](results/idle.md)' });
    expect(egressTable(scaleOf(figures), figures)).toContain('not measured');
  });
});

describe('the calculation of scale', () => {
  const ones = scaleFiguresOf(new Figures('nowhere', 'results'));
  const figures = Object.fromEntries(
    Object.keys(ones).map((key) => [key, { value: 1, from: '' }]),
  ) as unknown as ScaleFigures;

  it('follows from its assumptions', () => {
    const scale = scaleOf({
      ...figures,
      event: { value: 6.4, from: '' },
      plain: { value: 196, from: '' },
      gzip: { value: 41, from: '' },
    });
    expect(scale.followers).toBeCloseTo(8.95, 2);
    expect(scale.everybody).toMatchObject({ seconds: 0.16, bytes: 248_000_000, gzipBytes: 93_000_000 });
    // 30,000 checks of a microsecond each.
    expect(scale.redis.checks).toBeCloseTo(0.0298, 4);
    expect(scale.node.announcements).toBeCloseTo(2237, 0);
  });

  it('has the egress of a million clients, plain and compressed', () => {
    const measured = {
      ...figures,
      plain: { value: 196, from: '' },
      gzip: { value: 41, from: '' },
      gzipAlone: { value: 20, from: '' },
      window: { value: 4096, from: '' },
    };
    const rows = egressTable(scaleOf(measured), measured).split('\n').slice(2);
    expect(
      rows.map((row) =>
        row
          .split('|')
          .map((cell) => cell.trim())
          .slice(2, -1),
      ),
    ).toEqual([
      ['248 B', '200 Mbit/s', '64 TB', '–', '–'],
      ['93 B', '74 Mbit/s', '24 TB', '4.5 %', '87 MiB'],
      ['93 B', '74 Mbit/s', '24 TB', '0.5 %', '9.8 MiB'],
      ['248 B', '2 Gbit/s', '640 TB', '–', '–'],
      ['93 B', '740 Mbit/s', '240 TB', '0 %', '4 KiB'],
    ]);
  });
});
