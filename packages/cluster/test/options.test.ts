import { spawnSync } from 'node:child_process';
import cluster from 'node:cluster';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import os, { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createHub } from '@pushwire/core';
import { clusterBackplane, startBroker } from '../src';

const setWorker = (isWorker: boolean) => Object.defineProperty(cluster, 'isWorker', { value: isWorker });

/** Leaves a socket, as a process does that is killed. */
function leaveSocket(path: string): void {
  const script = 'require("net").createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))';
  spawnSync(process.execPath, ['-e', script, path]);
}

describe('startBroker', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pushwire-test-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    [{ path: '' }, 'startBroker option path: expected a path of 1 to 103 bytes that is no number, got the string ""'],
    // Node would listen at a port of all addresses.
    [{ path: '7000' }, 'expected a path of 1 to 103 bytes that is no number, got the string "7000"'],
    [{ path: ' ' }, 'that is no number, got the string " "'],
    [{ path: 'x'.repeat(104) }, 'expected a path of 1 to 103 bytes'],
    [{ highWaterMark: 0 }, 'startBroker option highWaterMark: expected an integer from 1 up, got the number 0'],
    [{ maxWorkers: 0 }, 'startBroker option maxWorkers: expected an integer from 1 up, got the number 0'],
    [{ limits: { logs: 0 } }, 'startBroker limits option logs: expected an integer from 1 up, or Infinity'],
    [{ logger: {} }, 'startBroker option logger: expected an object with error'],
    [{ paths: 'x' }, 'startBroker options: unknown option "paths"'],
  ])('refuses %j', (options, message) => {
    expect(() => startBroker(options as object)).toThrow(message);
    expect(() => startBroker(options as object)).toThrow(TypeError);
  });

  it('is refused in a worker, which says where to call it', () => {
    setWorker(true);
    try {
      expect(() => startBroker()).toThrow(
        'startBroker() was called in a worker of node:cluster: call it in the primary',
      );
    } finally {
      setWorker(false);
    }
  });

  it('is told to the workers by the environment, once in a process, until it is closed', async () => {
    const broker = startBroker();
    await broker.ready;
    expect(process.env.PUSHWIRE_BROKER).toBe(broker.path);
    expect(statSync(dirname(broker.path)).mode & 0o777).toBe(0o700);
    expect(() => startBroker()).toThrow('startBroker() was called before in this process: give a path');
    await broker.close();
    expect([process.env.PUSHWIRE_BROKER, existsSync(dirname(broker.path))]).toEqual([undefined, false]);
    expect(() => clusterBackplane()).toThrow('clusterBackplane() knows no broker: call startBroker() in the primary');
  });

  it('takes the place of a broker that was killed, and of no other', async () => {
    const path = join(folder, 'broker.sock');
    const errors: unknown[] = [];
    const logger = { error: ({ err }: { err?: unknown }) => errors.push(err) };
    const stale = createServer().listen(path);
    await new Promise((resolve) => stale.once('listening', resolve));
    const second = startBroker({ path, logger });
    await expect(second.ready).rejects.toThrow(`Another process listens at ${path}`);
    expect(errors).toHaveLength(1);
    await second.close();
    await new Promise((resolve) => stale.close(resolve));
    leaveSocket(path);
    const third = startBroker({ path, logger });
    await third.ready;
    expect([statSync(path).mode & 0o777, errors.length]).toEqual([0o600, 1]);
    await third.close();
  });

  it.each([
    ['a file', (path: string) => writeFileSync(path, 'precious'), /There is a file at .* that is no socket/],
    ['a folder', (path: string) => mkdirSync(path), /There is a file at .* that is no socket/],
  ])('leaves alone what is no socket: %s', async (_what, make, message) => {
    const path = join(folder, 'app.conf');
    make(path);
    const broker = startBroker({ path, logger: { error() {} } });
    await expect(broker.ready).rejects.toThrow(message);
    await broker.close();
    expect(existsSync(path)).toBe(true);
  });

  it('leaves a socket to the broker that took it at the same time', async () => {
    const path = join(folder, 'broker.sock');
    leaveSocket(path);
    const brokers = [1, 2, 3].map(() => startBroker({ path, logger: { error() {} } }));
    const ready = await Promise.allSettled(brokers.map((one) => one.ready));
    expect(ready.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
    const hub = createHub({ backplane: clusterBackplane({ path }) });
    await hub.channel('news').publish('x');
    await hub.close();
    await Promise.all(brokers.map((one) => one.close()));
  });

  it('makes a socket that is nobody else’s from its first moment on', async () => {
    const mask = process.umask(0);
    try {
      const path = join(folder, 'broker.sock');
      const broker = startBroker({ path });
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(process.umask()).toBe(0);
      await broker.ready;
      await broker.close();
    } finally {
      process.umask(mask);
    }
  });

  it('asks for a path where the folder of temporary files has a long one', () => {
    jest.spyOn(os, 'tmpdir').mockReturnValue(join(folder, 'x'.repeat(90)));
    expect(() => startBroker()).toThrow(/^startBroker\(\) needs the option path here: a socket in .* more than 103/);
    jest.restoreAllMocks();
    expect(process.env.PUSHWIRE_BROKER).toBeUndefined();
  });

  it('tells an error that nobody awaits', async () => {
    const error = jest.fn();
    const broker = startBroker({ path: join(folder, 'no', 'such', 'folder'), logger: { error } });
    await expect(broker.ready).rejects.toThrow(/^The folder of .*no\/such\/folder does not exist$/);
    expect(error).toHaveBeenCalledTimes(1);
    await broker.close();
  });
});

describe('clusterBackplane', () => {
  it.each([
    [
      { path: 7 },
      'clusterBackplane option path: expected a path of 1 to 103 bytes that is no number, got the number 7',
    ],
    [{ timeout: 99 }, 'clusterBackplane option timeout: expected an integer number of milliseconds from 100'],
    [{ maxPendingCalls: 0 }, 'clusterBackplane option maxPendingCalls'],
    [{ maxPendingBytes: 0 }, 'clusterBackplane option maxPendingBytes'],
    [{ maxPendingFollows: 0.5 }, 'clusterBackplane option maxPendingFollows'],
    [{ idleTimeout: -1 }, 'clusterBackplane option idleTimeout'],
    [{ maxIdleChannels: -1 }, 'clusterBackplane option maxIdleChannels'],
    [{ client: {} }, 'clusterBackplane options: unknown option "client"'],
  ])('refuses %j', (options, message) => {
    expect(() => clusterBackplane(options as object)).toThrow(message);
  });

  it('refuses a path in the environment that is none', () => {
    process.env.PUSHWIRE_BROKER = '6379';
    try {
      const message = 'environment variable PUSHWIRE_BROKER: expected a path of 1 to 103 bytes that is no number, got';
      expect(() => clusterBackplane()).toThrow(message);
    } finally {
      delete process.env.PUSHWIRE_BROKER;
    }
  });

  it('rejects at once where nobody listens, and tells the logger', async () => {
    const error = jest.fn();
    const backplane = clusterBackplane({ path: join(tmpdir(), 'pushwire-nobody.sock') });
    const hub = createHub({ backplane, logger: { debug() {}, info() {}, error } });
    await expect(hub.channel('news').publish('x')).rejects.toMatchObject({
      code: 'backplane-unavailable',
      message: 'The broker cannot be reached.',
    });
    expect(hub.health().backplane.reachable).toBe(false);
    expect(error.mock.calls[0]?.[1]).toBe('The broker cannot be reached, or calls fail');
    await hub.close();
  });

  it('tells the logger who has closed the connection', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pushwire-test-'));
    const path = join(folder, 'broker.sock');
    const broker = startBroker({ path });
    let tell = (_error: unknown) => {};
    const told = new Promise<unknown>((resolve) => (tell = resolve));
    const logger = { debug() {}, info() {}, error: ({ err }: { err?: unknown }) => tell(err) };
    const hub = createHub({ backplane: clusterBackplane({ path }), logger });
    await hub.channel('news').publish('x');
    await broker.close();
    expect(await told).toEqual(new Error('The broker has closed the connection'));
    await hub.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('bounds the publishes that wait for a reply', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pushwire-test-'));
    const path = join(folder, 'silent.sock');
    // It reads and never replies.
    const silent = createServer((socket) => socket.resume()).listen(path);
    const hub = createHub({ backplane: clusterBackplane({ path, maxPendingCalls: 2, timeout: 100 }) });
    const publish = () =>
      hub
        .channel('news')
        .publish('x')
        .catch(({ code, message }) => `${code}: ${message}`);
    const results = await Promise.all([publish(), publish(), publish()]);
    expect(results[2]).toMatch(/^backplane-unavailable: The broker is too slow: 2 calls .* See maxPendingCalls/);
    expect(results.slice(0, 2)).toEqual(Array(2).fill('backplane-unavailable: The broker cannot be reached.'));
    await hub.close();
    silent.close();
    rmSync(folder, { recursive: true, force: true });
  });
});
