import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Child } from './kit/child';
import type { Scenarios } from './unawaited/app';

describe('a process whose app awaits nothing', () => {
  let child: Child<Scenarios> | undefined;
  beforeEach(() => {
    // A scenario that fails ends the process. The others need a new one.
    if (child === undefined || child.process.exitCode !== null)
      child = Child.start<Scenarios>(join(__dirname, 'unawaited/app.ts'));
  });
  afterAll(() => child?.stop());

  it.each<[string, string, readonly string[]]>([
    ['publishes, ends and counts in vain', 'publish', ['publish()', 'end()', 'reportedConnections()']],
    ['has a backplane that rejects', 'backplane', ['publish()', 'end()', 'reportedConnections()', 'close()']],
    ['publishes a POST of 1 MiB and 1 byte', 'postOverTheLimit', ['publish()']],
    ['sends to the client of a POST that is answered', 'sendAfterAnswer', []],
    ['sends as a client that is not open', 'clientSends', []],
    ['has async hooks, listeners and loggers that reject', 'asyncFunctions', []],
    ['has async functions where they must not be async', 'asyncInPlaceOfSync', []],
    ['maps events for comet by a function that throws', 'mapThatThrows', ['the `map` option or the `dialect` threw']],
    ['has a generator whose return() rejects', 'generatorWhoseReturnRejects', []],
    [
      'has runs whose producers fail in every way',
      'runs',
      [
        ...['async', 'sync', 'iterator', 'finally'].map((id) => `the run "${id}" has failed: on purpose`),
        ...['send()', 'done', 'start()', 'stop()', 'state()'].map((call) => `${call} failed, and nothing awaited it`),
      ],
    ],
    [
      'has a source and an authorize that reject too late',
      'sourceThatIsLate',
      ['a source, `authorize` or `initial` threw too late'],
    ],
  ])('goes on when it %s', async (_what, name, logged) => {
    const lines = (await child?.call(name)) as string[];
    for (const text of logged) expect(lines).toContainEqual(expect.stringContaining(text));
  });
});

describe.each(['express', 'koa'] as const)('a process on %s with a timer that publishes', (framework) => {
  it('tells all clients when it shuts down, and ends with 0', async () => {
    const file = join(__dirname, 'unawaited/timer-app.ts');
    const words = ['--require', 'esbuild-register', file, JSON.stringify({ framework })];
    const child = spawn(process.execPath, words, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    let printed = '';
    child.stderr?.on('data', (text) => (printed += text));
    const [port] = await once(child, 'message');
    const clients = await Promise.all(Array.from({ length: 20 }, () => fetch(`http://127.0.0.1:${port}/`)));
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const texts = await Promise.all(clients.map((client) => client.text()));
    for (const text of texts) expect(text).toContain('event: pushwire:retry');
    expect(await exited).toEqual([0, null]);
    expect(printed.match(/publish\(\) failed, and nothing awaited it/g)).toHaveLength(1);
  });
});
