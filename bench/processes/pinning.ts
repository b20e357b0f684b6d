import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** Whether processes can be kept on chosen cores here: `taskset` is there, and there are two cores. */
export const canPin = availableParallelism() >= 2 && spawnSync('taskset', ['--version']).status === 0;

/** A command line that runs on one core, or as it is where cores cannot be chosen. */
export function onCore(core: number, commandLine: readonly string[]): readonly string[] {
  return canPin ? ['taskset', '-c', String(core), ...commandLine] : commandLine;
}

/** Moves all threads of this process to a core. */
export function moveToCore(core: number): void {
  if (canPin) spawnSync('taskset', ['-a', '-c', '-p', String(core), String(process.pid)]);
}
