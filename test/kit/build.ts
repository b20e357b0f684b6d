import { join } from 'node:path';
import { succeed } from './run';

const root = join(__dirname, '../..');

/** True within `npm test`, which builds everything before jest starts. */
const isBuilt = process.env.npm_lifecycle_event === 'test';

/** Builds projects, such as `packages/express`, which child processes are to run. */
export async function build(...projects: readonly string[]): Promise<void> {
  if (isBuilt) return;
  await succeed(join(root, 'node_modules/.bin/tsc'), ['-b', ...projects], { cwd: root, timeout: 120_000 });
}
