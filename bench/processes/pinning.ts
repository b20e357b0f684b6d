import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** True if processes can be pinned to cores here, with `taskset` and two cores. */
export const canPin = availableParallelism() >= 2 && spawnSync('taskset', ['--version']).status === 0;

/** Returns a command line that runs on one core, if processes can be pinned. */
export function onCore(core: number, commandLine: readonly string[]): readonly string[] {
  return canPin ? ['taskset', '-c', String(core), ...commandLine] : commandLine;
}

/** Moves all threads of this process to a core. */
export function moveToCore(core: number): void {
  if (canPin) spawnSync('taskset', ['-a', '-c', '-p', String(core), String(process.pid)]);
}
