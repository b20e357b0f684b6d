import { PushwireError } from '@pushwire/core';
import { FakeClock } from '@pushwire/core/testing';
import { LogScripts } from '../../src/channels/log-scripts';
import { RedisLogs } from '../../src/channels/redis-logs';
import type { Commands } from '../../src/connection/commands';
import { read } from '../../src/scripts/read';
import type { Script } from '../../src/scripts/script';

/** Logs of a server in a new life, with one log that was last written in the life before. */
function logsThatCannotBeKept(cause: Error) {
  const run = async (script: Script) => {
    if (script !== read) throw new PushwireError('backplane-unavailable', 'no', { cause });
    return ['5', '-', 'new', 'left', '3', 0, '3', [], '0', 'old', -1];
  };
  const failures: unknown[] = [];
  const commands = { run, life: 'new', canMove: false } as unknown as Commands;
  const logs = new RedisLogs({
    clock: new FakeClock(),
    scripts: new LogScripts({ commands, prefix: '', durable: false, isSharded: false }),
    memory: 0,
    limitsOf: () => ({ count: 10, bytes: 1000, age: 1000 }),
    failed: (error) => failures.push(error),
  });
  return { logs, failures };
}

describe('a log of an earlier life of the server', () => {
  it.each(['MISCONF', 'NOREPLICAS', 'OOM'])('is read as it is where Redis replies %s to writes', async (code) => {
    const { logs, failures } = logsThatCannotBeKept(new Error(`${code} not now`));
    expect(await logs.read('news', undefined)).toMatchObject({ epoch: 'left', head: 3 });
    expect(failures).toHaveLength(1);
  });

  it.each([
    ['the connection is lost', new Error('Socket closed')],
    ['the server loads its data', new Error('LOADING Redis is loading the dataset in memory')],
    ['the server is a replica now', new Error("READONLY You can't write against a read only replica.")],
  ])('is not read because %s before it begins a new life', async (_, cause) => {
    const { logs } = logsThatCannotBeKept(cause);
    await expect(logs.read('news', undefined)).rejects.toMatchObject({ code: 'backplane-unavailable' });
  });
});
