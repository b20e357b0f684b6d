import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

// `tsc -b` builds projects side by side, and orders them by their references alone. A project that
// imports a package without one finds it only where it was built before.

const root = join(__dirname, '..');
const at = (folder: string) => join(root, folder);
const packages = readdirSync(at('packages'));

interface Project {
  readonly references?: readonly { readonly path: string }[];
}

function referencesOf(folder: string): readonly string[] {
  const { references = [] } = JSON.parse(readFileSync(join(at(folder), 'tsconfig.json'), 'utf8')) as Project;
  return references.map(({ path }) => relative(root, join(at(folder), path.replace(/\/[^/]*\.json$/, ''))));
}

/** The projects that are built before one. */
function earlierThan(folder: string, found = new Set<string>()): ReadonlySet<string> {
  for (const earlier of referencesOf(folder).filter((each) => !found.has(each))) {
    found.add(earlier);
    earlierThan(earlier, found);
  }
  return found;
}

/** The packages that a project imports. The examples in comments of the sources import more. */
function importedBy(folder: string): readonly string[] {
  const isInside = (file: string) => !/(^|\/)(node_modules|dist|fixtures)\//.test(file);
  const files = readdirSync(at(folder), { recursive: true, encoding: 'utf8' }).filter(
    (file) => /\.tsx?$/.test(file) && isInside(file),
  );
  const texts = files.map((file) => readFileSync(join(at(folder), file), 'utf8'));
  const names = texts.flatMap((text) =>
    [...text.matchAll(/^(?:import|export|\}).* from '@pushwire\/([a-z-]+)/gm)].map(([, name]) => name),
  );
  return [...new Set(names)].map((name) => `packages/${name}`).sort();
}

const projects = [
  ...packages.map((name) => ({ folder: `packages/${name}`, sources: `packages/${name}/src` })),
  ...packages.map((name) => `packages/${name}/test`).map((folder) => ({ folder, sources: folder })),
  ...['examples', 'bench', 'test', 'test/sdk'].map((folder) => ({ folder, sources: folder })),
].filter(({ folder }) => existsSync(join(at(folder), 'tsconfig.json')));

it.each(projects)('$folder is built after the packages that it imports', ({ folder, sources }) => {
  const earlier = earlierThan(folder);
  expect(importedBy(sources).filter((name) => !earlier.has(name))).toEqual([]);
});
