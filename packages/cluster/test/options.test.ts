import cluster from 'node:cluster';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createHub } from '@pushwire/core';
import { clusterBackplane, startBroker } from '../src';

const setWorker = (isWorker: boolean) => Object.defineProperty(cluster, 'isWorker', { value: isWorker });

describe('startBroker', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pushwire-test-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    [{ path: '' }, 'startBroker option path: expected a path of 1 to 103 bytes, got the string ""'],
    [{ path: 'x'.repeat(104) }, 'expected a path of 1 to 103 bytes'],
    [{ highWaterMark: 0 }, 'startBroker option highWaterMark: expected an integer from 1 up, got the number 0'],
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
    // A file as it is left by a process that was killed.
    writeFileSync(path, '');
    const third = startBroker({ path, logger });
    await third.ready;
    expect([statSync(path).mode & 0o777, errors.length]).toEqual([0o600, 1]);
    await third.close();
  });

  it('tells an error that nobody awaits', async () => {
    const error = jest.fn();
    const broker = startBroker({ path: join(folder, 'no', 'such', 'folder'), logger: { error } });
    await broker.ready.catch(() => {});
    expect(error).toHaveBeenCalledTimes(1);
    await broker.close();
  });
});

describe('clusterBackplane', () => {
  it.each([
    [{ path: 7 }, 'clusterBackplane option path: expected a path of 1 to 103 bytes, got the number 7'],
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

  it('bounds the publishes that wait for a reply', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pushwire-test-'));
    const path = join(folder, 'silent.sock');
    // It accepts and never replies.
    const silent = createServer().listen(path);
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
