import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { npmInstall } from '../kit/npm-install';

// Runs the suites that a version of a Redis client must pass to be in the peer range. Arguments:
// versions such as redis@6.3.1. Without them, all of these.

const versions = ['redis@5.10.0', 'redis@5.12.1', 'redis@6.0.1', 'redis@6.1.0', 'redis@6.2.1', 'redis@6.3.1'].concat([
  'ioredis@5.9.3',
  'ioredis@5.10.1',
  'ioredis@5.11.1',
  'ioredis@6.0.0',
]);

/** Milliseconds for the suites of one version. */
const longest = 300_000;

/** A run with fewer tests has not found them. */
const fewest = 5;

/** @returns the titles of the tests that failed, or `undefined` when the run did not end. */
async function failuresOf(version: string, folder: string): Promise<readonly string[] | undefined> {
  const [library = ''] = version.split('@');
  const [path, report] = [join(folder, 'node_modules', library), join(folder, 'report.json')];
  // Version 5 of redis is not supported with Sentinel.
  const without = version.startsWith('redis@5') ? 'sentinel' : '';
  const words = ['-c', 'test/redis-versions/jest.config.ts', '-i', '-t', `with ${library}\\b`, '--json'];
  const env = { ...process.env, PUSHWIRE_CLIENT: library, PUSHWIRE_CLIENT_PATH: path, PUSHWIRE_WITHOUT: without };
  const options = { env, stdio: 'ignore', timeout: longest } as const;
  const jest = spawn('npx', ['jest', ...words, `--outputFile=${report}`], options);
  await once(jest, 'exit');
  try {
    const { testResults } = require(report) as { testResults: readonly { assertionResults: readonly Result[] }[] };
    const results = testResults.flatMap(({ assertionResults }) => assertionResults);
    const ofStatus = (wanted: string) => results.filter(({ status }) => status === wanted);
    if (ofStatus('passed').length < fewest) return undefined;
    return ofStatus('failed').map(({ fullName }) => fullName);
  } catch {
    return undefined;
  }
}

interface Result {
  readonly status: string;
  readonly fullName: string;
}

async function main(): Promise<void> {
  const chosen = process.argv.slice(2);
  let allPass = true;
  for (const version of chosen.length > 0 ? chosen : versions) {
    const folder = await mkdtemp(join(tmpdir(), 'pushwire-redis-versions-'));
    try {
      await writeFile(join(folder, 'package.json'), '{ "private": true }');
      await npmInstall(folder, [version]);
      const failures = await failuresOf(version, folder);
      const told = failures?.length === 0 ? 'passes' : (failures ?? ['the run ended early']).join('\n  ');
      console.log(`${version}: ${told}`);
      allPass &&= failures?.length === 0;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  process.exitCode = allPass ? 0 : 1;
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
