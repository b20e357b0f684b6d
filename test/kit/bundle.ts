import { randomUUID } from 'node:crypto';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(__dirname, '..', '..');

/**
 * Bundles a TypeScript file and its imports into one JavaScript file, which starts in a third of
 * the time. It takes the packages as they were last built.
 *
 * @param file its path in the tests' folder.
 * @returns the path of the bundle.
 */
export async function bundle(file: string): Promise<string> {
  const outfile = join(root, 'node_modules/.cache/test-bundles', file.replace(/\.ts$/, '.cjs'));
  // Somebody may be starting the existing bundle, or making it too, so this one is renamed into its
  // place.
  const draft = `${outfile}.${randomUUID()}`;
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
