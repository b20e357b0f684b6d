import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from './kit/build';
import { redisServer } from './kit/redis-server';
import { describeWith } from './kit/system-program';

const run = promisify(execFile);

/** Entrants whose server is a file in `bench/servers/`. */
const ofNode = [
  ...['bare-buffer', 'express-write', 'pushwire-express', 'pushwire-koa', 'sse-channel', 'better-sse', 'express-sse'],
  ...['socket-bare', 'socket-ws-string', 'socket-ws-buffer', 'socket-express', 'socket-express-v1', 'socket-koa'],
  ...['gzip-off', 'gzip-pushwire', 'gzip-compression', 'socket-io', 'poll-bare', 'poll-express'],
  ...['poll-hand-express', 'poll-pushwire'],
  ...['alone-off', 'alone-gzip'],
];

/** Those of states. */
const ofStates = [
  ...['state-write', 'state-channel', 'state-0', 'state-100'],
  ...['snapshot-bare', 'snapshot-json', 'snapshot-state', 'snapshot-busy'],
  ...['memory-channels', 'memory-states', 'memory-state-clients'],
];

interface Results {
  measurements: {
    variant: string;
    scene: { clients: number; perTurn?: number; library?: string; node?: string };
    figures: Record<string, number>;
    counted: { published?: number; delivered?: number };
  }[];
}

const clients = 20;

async function bench(out: string, ...options: string[]): Promise<string> {
  const tiny = ['--clients', `${clients}`, '--per-turn', '1,4', '--rounds', '1', '--seconds', '0.02', '--out', out];
  const { stdout } = await run(process.execPath, ['bench/dist/main.js', ...tiny, ...options]);
  return stdout;
}

async function checkMeasured(out: string, name: string, servers: number): Promise<void> {
  const { measurements } = JSON.parse(await readFile(join(out, `${name}.json`), 'utf8')) as Results;
  expect(new Set(measurements.map(({ variant }) => variant)).size).toBe(servers);
  for (const { figures, counted } of measurements) {
    expect(Object.values(figures).every(Number.isFinite)).toBe(true);
    expect(counted.delivered).toBe(counted.published && counted.published * clients);
  }
  expect(await readFile(join(out, `${name}.svg`), 'utf8')).toMatch(/^<svg .*<\/svg>\n$/s);
  expect(await readFile(join(out, `${name}.md`), 'utf8')).toContain('pushwire');
}

describe('the bench', () => {
  let out: string;
  let printed: string;

  beforeAll(async () => {
    out = await mkdtemp(join(tmpdir(), 'pushwire-bench-'));
    await build('bench');
    // Runs every Node server once and every kind of measurement.
    [printed] = await Promise.all([
      bench(out, '--only', 'fan-out,compressed,compressed-alone,sockets,polls', '--variants', ofNode.join(',')),
      bench(
        out,
        '--only',
        'latency,idle,accept,by-hand,cluster,cluster-publish',
        '--variants',
        'bare-buffer,express-head,pushwire-express,socket-express,poll-pushwire,by-hand-write-http,by-hand-express,by-hand-better-sse,no-broker,one-worker,two-workers,publish-together',
      ),
      bench(out, '--only', 'state,snapshot,state-memory', '--variants', ofStates.join(',')),
      bench(out, '--only', 'empty-polls', '--variants', 'empty-express,empty-pushwire', '--node', '22,24'),
    ]);
  });
  afterAll(() => rm(out, { recursive: true, force: true }));

  it.each([
    ['fan-out', 7],
    ['compressed', 3],
    ['compressed-alone', 2],
    ['sockets', 7],
    ['polls', 4],
    ['empty-polls', 2],
    ['latency', 2],
    ['idle', 6],
    ['accept', 4],
    ['by-hand', 3],
    ['cluster', 3],
    ['cluster-publish', 1],
    ['state', 4],
    ['snapshot', 4],
    ['state-memory', 3],
  ])('measures %s on every server, and every event reaches each client once', (name, servers) =>
    checkMeasured(out, name, servers),
  );

  it('measures on each version of Node, and says which', async () => {
    const { measurements } = JSON.parse(await readFile(join(out, 'empty-polls.json'), 'utf8')) as Results;
    const nodes = measurements.map(({ variant, scene }) => `${variant} on ${scene.node?.split('.')[0]}`);
    expect(nodes.sort()).toEqual(
      [22, 24].flatMap((node) => [`empty-express on ${node}`, `empty-pushwire on ${node}`]).sort(),
    );
  });

  it('judges each measured target, and none that it did not measure', async () => {
    const rows = printed
      .slice(printed.indexOf('# Targets'))
      .split('\n')
      .filter((line) => line.startsWith('| pushwire'));
    const judged = rows.filter((row) => /: (met|MISSED) \|$/.test(row));
    const left = rows.filter((row) => /not measured \|$/.test(row));
    expect(judged.length).toBeGreaterThan(0);
    expect(left.length).toBeGreaterThan(0);
    expect(judged.length + left.length).toBe(rows.length);
  });
});

describeWith(redisServer, 'the bench with Redis', () => {
  let out: string;

  beforeAll(async () => {
    out = await mkdtemp(join(tmpdir(), 'pushwire-bench-'));
    await build('bench');
    await Promise.all(['redis', 'runs', 'presence'].map((only) => bench(out, '--only', only)));
  });
  afterAll(() => rm(out, { recursive: true, force: true }));

  it.each([
    ['redis-publish', 3],
    ['redis-latency', 3],
    ['redis-follow', 1],
  ])(
    'measures %s on every server with both client libraries, and every event reaches each client once',
    async (name, servers) => {
      await checkMeasured(out, name, servers);
      const { measurements } = JSON.parse(await readFile(join(out, `${name}.json`), 'utf8')) as Results;
      expect(new Set(measurements.map(({ scene }) => scene.library))).toEqual(new Set(['redis', 'ioredis']));
    },
  );

  it.each([
    ['runs-live', 4],
    ['runs-start', 4],
    ['runs-replay', 5],
  ])('measures %s on every server, and every token reaches each reader once', (name, servers) =>
    checkMeasured(out, name, servers),
  );

  it('measures presences on every server, whose follower knows all members', () => checkMeasured(out, 'presence', 6));
});
