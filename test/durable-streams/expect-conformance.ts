import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BackplaneFactory } from '@pushwire/core';
import { type DurableStreams, durableStreams } from '@pushwire/durable-streams';
import { run } from '../kit/run';

// The protocol's own suite is made for vitest, and its command finds no tests below node_modules.

/** All tests but those of forks. Those of subscriptions are off unless they are asked for. */
const chosen = '^(?!Fork - )';

/** The tests of this version of the suite that are chosen. A new version may have more. */
const expected = 250;

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

interface Running {
  readonly url: string;
  close(): Promise<void>;
}

async function start(backplane?: BackplaneFactory): Promise<Running> {
  const streams: DurableStreams = durableStreams({ cors: '*', longPollTimeout: 1000, ...(backplane && { backplane }) });
  const server: Server = createServer(streams.handle);
  // A test that computes for long would meet a connection that has just been closed.
  server.keepAliveTimeout = 120_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async () => {
    server.closeAllConnections();
    server.close();
    await streams.close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

/** Runs the suite against a server with this backplane, and expects it to pass. */
export async function expectConformance(backplane?: BackplaneFactory): Promise<void> {
  const running = await start(backplane);
  try {
    const { passed, failures } = await runSuite(running.url);
    expect(failures).toEqual([]);
    expect(passed).toBeGreaterThanOrEqual(expected);
  } finally {
    await running.close();
  }
}

/** Runs the suite. Returns the number of passed tests, and what the others say. */
async function runSuite(url: string) {
  const report = join(tmpdir(), `pushwire-durable-streams-${process.pid}-${new URL(url).port}.json`);
  const words = ['node_modules/vitest/vitest.mjs', 'run', '--root', 'test/durable-streams', '--testTimeout', '60000'];
  const output = ['--reporter', 'json', '--outputFile', report, '--testNamePattern', chosen];
  const env = { CONFORMANCE_TEST_URL: url };
  const { output: printed } = await run(process.execPath, [...words, ...output], { env });
  const text = await readFile(report, 'utf8').catch(() => Promise.reject(new Error(printed)));
  await rm(report);
  const results = (JSON.parse(text) as Report).testResults.flatMap(({ assertionResults }) => assertionResults);
  const failed = results.filter(({ status }) => status === 'failed');
  return {
    passed: results.filter(({ status }) => status === 'passed').length,
    failures: failed.map(({ fullName, failureMessages }) => `${fullName}: ${failureMessages[0]}`),
  };
}
