import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { succeed } from '../kit/run';

/** A package as it would be published. */
export interface Tarball {
  readonly name: string;
  readonly path: string;
  readonly files: readonly string[];
}

interface Packed {
  readonly name: string;
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

const folders = readdirSync('packages').map((folder) => `packages/${folder}`);

/** Builds the packages as for publishing and packs them into a folder. */
export async function packAll(destination: string): Promise<Tarball[]> {
  await succeed(process.execPath, ['scripts/build.mjs']);
  const workspaces = folders.flatMap((folder) => ['-w', folder]);
  const json = await succeed('npm', ['pack', '--json', '--pack-destination', destination, ...workspaces]);
  return Object.values<Packed>(JSON.parse(json)).map(({ name, filename, files }) => ({
    name,
    path: join(destination, filename),
    files: files.map(({ path }) => path),
  }));
}

/** Everything that users may `require` or `import`, such as `@pushwire/core/testing`. */
export const entries: readonly string[] = folders.flatMap((folder) => {
  const { name, exports } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  const paths = Object.keys(exports).filter((path) => path !== './package.json');
  return paths.map((path) => name + path.slice(1));
});
