import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

interface Results {
  measurements: { variant: string; perTurn: number; published: number; delivered: number }[];
}

describe('the benches', () => {
  let out: string;
  beforeAll(async () => {
    out = await mkdtemp(join(tmpdir(), 'pushwire-bench-'));
    await run('npx', ['tsc', '-b', 'bench']);
  });
  afterAll(() => rm(out, { recursive: true, force: true }));

  it.each([
    ['fan-out', 6],
    ['sockets', 7],
  ])('%s counts each event once for each client, whatever serves it', async (name, variants) => {
    const clients = 20;
    const options = ['--clients', `${clients}`, '--per-turn', '1,4', '--rounds', '1', '--events', '80', '--out', out];
    await run(process.execPath, [`bench/dist/${name}.js`, ...options]);

    const { measurements } = JSON.parse(await readFile(join(out, `${name}.json`), 'utf8')) as Results;
    expect(new Set(measurements.map(({ variant }) => variant)).size).toBe(variants);
    const counted = measurements.map(({ variant, perTurn, delivered }) => ({ variant, perTurn, delivered }));
    expect(counted).toEqual(
      measurements.map(({ variant, perTurn, published }) => ({ variant, perTurn, delivered: published * clients })),
    );
    expect(await readFile(join(out, `${name}.svg`), 'utf8')).toMatch(/^<svg .*<\/svg>\n$/s);
  });
});
