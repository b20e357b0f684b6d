import { resolve } from 'node:path';
import { installLimit } from './limits';
import { succeed } from './run';

/** The binary of a Node version such as `22` or `20.19.0`, from npm's packages if need be. */
export async function nodeProgram(version: string): Promise<string> {
  const script = resolve('scripts/node-program.mjs');
  return (await succeed(process.execPath, [script, version], { timeout: installLimit })).trim();
}
