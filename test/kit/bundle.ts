import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(__dirname, '..', '..');

/**
 * Puts a TypeScript file and all that it needs into one JavaScript file, which starts in a third of the time. It uses the packages
 * as they were built last.
 *
 * @param file its path in the folder of the tests.
 * @returns the path of the bundle.
 */
export async function bundle(file: string): Promise<string> {
  const outfile = join(root, 'node_modules/.cache/test-bundles', file.replace(/\.ts$/, '.cjs'));
  // Another process may be starting what is there already.
  const draft = `${outfile}.${process.pid}`;
  await build({
    entryPoints: [join(root, 'test', file)],
    outfile: draft,
    bundle: true,
    platform: 'node',
    target: 'node20',
    logLevel: 'error',
  });
  await rename(draft, outfile);
  return outfile;
}
