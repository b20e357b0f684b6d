// Runs the demo, and restarts it when a source of the packages, of the examples or of the demo's
// page changes. While the sources don't compile, the last demo that did keeps running. Arguments go
// to the demo: `npm run dev -- --framework koa`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, watch } from 'node:fs';
import { basename, join } from 'node:path';

/** Milliseconds of quiet before a build. Editors write several files at once. */
const settleTime = 100;

/** Milliseconds that a demo may take to stop before it is killed. */
const stopTimeout = 3000;

/** The exit code of a demo that doesn't know its arguments. */
const usageError = 2;

let demo;
let isStopping = false;
let settling;
const watchers = new Map();
let work = buildAndRestart();

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => stop(0));
// npm sends a signal to the shell that it starts, and the shell doesn't pass it on.
const parent = process.ppid;
const parentCheck = setInterval(() => process.ppid === parent || stop(0), 250);

/** Watches each folder. A recursive watch loses a file on Linux when an editor replaces it. */
function watchAll() {
  const tops = ['examples', ...readdirSync('packages').map((name) => `packages/${name}/src`)];
  for (const folder of tops.flatMap(foldersIn)) {
    if (watchers.has(folder)) continue;
    watchers.set(
      folder,
      watch(folder, (_event, file) => changed(file ?? '')).on('error', () => watchers.delete(folder)),
    );
  }
}

function foldersIn(folder) {
  if (['dist', 'node_modules'].includes(basename(folder))) return [];
  const entries = readdirSync(folder, { withFileTypes: true });
  return [
    folder,
    ...entries.filter((entry) => entry.isDirectory()).flatMap(({ name }) => foldersIn(join(folder, name))),
  ];
}

function changed(file) {
  if (file === 'dist' || file.endsWith('.tsbuildinfo')) return;
  clearTimeout(settling);
  settling = setTimeout(() => (work = work.then(buildAndRestart).catch(console.error)), settleTime);
}

async function buildAndRestart() {
  watchAll();
  const compiler = spawn(process.execPath, ['node_modules/typescript/bin/tsc', '-b', 'examples'], { stdio: 'inherit' });
  const [code] = await once(compiler, 'exit');
  if (isStopping || code !== 0) return;
  await end(demo);
  // With a channel to this process, the demo ends when this process does, however that ends.
  const stdio = ['ignore', 'inherit', 'inherit', 'ipc'];
  const started = spawn(process.execPath, ['examples/dist/demo/main.js', ...process.argv.slice(2)], { stdio });
  demo = started;
  started.once('exit', (code, signal) => {
    if (isStopping || started.ending) return;
    if (code === usageError) stop(code);
    else console.log(`The demo ended (${signal ?? code}). It starts again after the next change.`);
  });
}

async function end(child) {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.ending = true;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const killing = setTimeout(() => child.kill('SIGKILL'), stopTimeout);
  await exited;
  clearTimeout(killing);
}

async function stop(code) {
  if (isStopping) return;
  isStopping = true;
  process.exitCode = code;
  clearTimeout(settling);
  clearInterval(parentCheck);
  for (const watcher of watchers.values()) watcher.close();
  await work;
  await end(demo);
}
