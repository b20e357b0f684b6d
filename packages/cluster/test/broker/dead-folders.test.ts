import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { removeDeadFolders } from '../../src/broker/dead-folders';

it('the folders of brokers that were killed are removed, and no others', async () => {
  const parent = mkdtempSync(join(tmpdir(), 'pushwire-test-'));
  const socketIn = (name: string) => {
    mkdirSync(join(parent, name));
    return join(parent, name, 'broker.sock');
  };
  const listen = 'const listen = (path) => require("net").createServer().listen(path);';
  const kill = 'setTimeout(() => process.kill(process.pid, "SIGKILL"), 100)';
  const [dead, full, young] = ['pushwire-aaaaaa', 'pushwire-bbbbbb', 'pushwire-cccccc'].map(socketIn) as [
    string,
    string,
    string,
  ];
  spawnSync(process.execPath, ['-e', `${listen} process.argv.slice(1).map(listen); ${kill}`, dead, full, young]);
  const alive = socketIn('pushwire-dddddd');
  const server = createServer().listen(alive);
  await new Promise((resolve) => server.once('listening', resolve));
  const text = socketIn('pushwire-eeeeee');
  const other = socketIn('pushwire-test-f');
  for (const path of [text, other, join(dirname(full), 'precious')]) writeFileSync(path, '');
  const long = Date.now() / 1000 - 120;
  for (const path of [dead, full, alive, text, other]) utimesSync(path, long, long);
  await removeDeadFolders(join(parent, 'pushwire-'));
  expect(existsSync(dirname(dead))).toBe(false);
  expect([full, join(dirname(full), 'precious')].map((path) => existsSync(path))).toEqual([false, true]);
  expect([young, alive, text, other].filter((path) => !existsSync(path))).toEqual([]);
  await new Promise((resolve) => server.close(resolve));
  rmSync(parent, { recursive: true });
});
