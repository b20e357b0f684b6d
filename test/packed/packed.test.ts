import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installLimit } from '../kit/limits';
import { nodeProgram } from '../kit/node-versions';
import { progress } from '../kit/progress';
import { succeed } from '../kit/run';
import { makeProject } from './project';
import { entries, packAll, type Tarball } from './tarballs';
import { typeCheck } from './type-check';

const nodes = ['20.19.0', '20', '22', '24', '26'];
const types = ['typescript@7', '@koa/router@15', '@types/supertest', 'supertest', 'react@19', '@types/react@19'];
/**
 * The oldest and the newest TypeScript that is supported, and those around the changes to the types
 * of bytes in 5.7 and 5.9, as packages of their own names.
 */
const typescripts = ['5.4', '5.6', '5.7', '5.9', '6', '7'].map((version) => `typescript-${version}`);
const packagesOf = {
  newest: [
    ...typescripts.map((name) => `${name}@npm:${name.replace('-', '@')}`),
    'express@5',
    'koa@3',
    '@types/express@5',
    '@types/koa@3',
    '@types/node',
    'jest',
    'redis@6',
    'ioredis@6',
    ...types,
  ],
  older: [
    'express@4',
    'koa@2',
    '@types/express@4',
    '@types/koa@2',
    '@types/node@20',
    'redis@5',
    'ioredis@5',
    'typescript5@npm:typescript@5',
    ...types,
  ],
  // The lowest versions in `peerDependencies`.
  oldest: ['express@4.18.0', 'koa@2.14.0'],
};
type ProjectName = keyof typeof packagesOf;

let folder: string;
let tarballs: readonly Tarball[];
const projects = {} as Record<ProjectName, string>;
const programs = new Map<string, string>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pushwire-packed-'));
  progress('packing the packages');
  tarballs = await packAll(folder);
  const ours = tarballs.map(({ path }) => path);
  const making = Object.entries(packagesOf).map(async ([name, theirs]) => {
    progress(`installing them beside ${theirs.join(' ')}`);
    projects[name as ProjectName] = await makeProject(join(folder, name), [...ours, ...theirs]);
  });
  const fetching = (async () => {
    for (const version of nodes) programs.set(version, await nodeProgram(version));
  })();
  await Promise.all([...making, fetching]);
  // The first run on a machine fetches some hundred megabytes.
}, 2 * installLimit);

// After a failed install, another one may still be writing.
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 500 }));

const names = [
  '@pushwire/client',
  '@pushwire/cluster',
  '@pushwire/core',
  '@pushwire/durable-streams',
  '@pushwire/express',
  '@pushwire/koa',
  '@pushwire/redis',
];

test('a tarball has the files that users need and no others', () => {
  expect(tarballs.map(({ name }) => name).sort()).toEqual(names);
  for (const { name, files } of tarballs) {
    const strange = files.filter((file) => !/^(dist|src)\/|^(LICENSE|README\.md|package\.json)$/.test(file));
    const leftOver = files.filter((file) => /tsbuildinfo|\.test\.|(^|\/)(test|__tests__)\//.test(file));
    expect({ name, strange, leftOver }).toEqual({ name, strange: [], leftOver: [] });
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'dist/index.js', 'dist/index.d.ts', 'src/index.ts']));
  }
});

test.each([
  ['publint', ['run', '--strict']],
  ['attw', ['--format', 'ascii', '--no-emoji']],
])('%s finds no problem', async (linter, words) => {
  for (const { path } of tarballs) await succeed(`node_modules/.bin/${linter}`, [...words, path]);
});

describe.each(nodes)('on Node %s', (version) => {
  const node = (project: ProjectName, ...words: string[]) =>
    succeed(programs.get(version) as string, words, { cwd: projects[project] });

  test('the tests run on that version', async () => {
    expect(`${(await node('newest', '-p', 'process.versions.node')).trim()}.`).toMatch(RegExp(`^${version}\\.`));
  });

  test('require and import return the same exports', async () => {
    await node('newest', 'run/same-classes.mjs', ...entries.filter((entry) => !entry.startsWith('@pushwire/client')));
  });

  test('the encoders make the same bytes', async () => {
    await node('newest', 'run/encoders.mjs');
  });

  test.each(['client.cjs', 'client.mjs'])('%s loads every entry of the client and connects', async (script) => {
    await node('newest', `run/${script}`);
  });

  test.each<[string, ProjectName, string]>([
    ['Express 5, required,', 'newest', 'run/express.cjs'],
    ['Koa 3, imported,', 'newest', 'run/koa.mjs'],
    ['Express 4, required,', 'older', 'run/express.cjs'],
    ['Koa 2, imported,', 'older', 'run/koa.mjs'],
    ['Express 4.18.0, required,', 'oldest', 'run/express.cjs'],
    ['Koa 2.14.0, imported,', 'oldest', 'run/koa.mjs'],
  ])('%s streams, resumes and closes', async (_name, project, script) => {
    await node(project, script);
  });

  test("the packages can be required in a user's jest", async () => {
    await node('newest', 'node_modules/jest/bin/jest.js', 'required');
  });

  test("the packages can be imported in a user's jest", async () => {
    await node('newest', '--experimental-vm-modules', 'node_modules/jest/bin/jest.js', 'imported');
  });
});

describe('types', () => {
  test.each<[string, ProjectName, string, 'nodenext' | 'bundler' | 'node10']>([
    ['Express 5 and Koa 3, TypeScript 7, nodenext', 'newest', 'typescript', 'nodenext'],
    ['Express 5 and Koa 3, TypeScript 7, bundler', 'newest', 'typescript', 'bundler'],
    ['Express 4 and Koa 2, TypeScript 7, nodenext', 'older', 'typescript', 'nodenext'],
    ['Express 4 and Koa 2, TypeScript 7, bundler', 'older', 'typescript', 'bundler'],
    ['Express 4 and Koa 2, TypeScript 5, node10', 'older', 'typescript5', 'node10'],
  ])('%s', async (_name, project, typescript, moduleResolution) => {
    expect(await typeCheck(projects[project], typescript, moduleResolution)).toEqual([]);
  });

  test('no error with any TypeScript from 5.4 on, in pages, workers and Node, with skipLibCheck: false', async () => {
    const waiting = [...typescripts];
    const errors: string[] = [];
    const checkNext = async () => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
        const printed = await succeed(process.execPath, ['everywhere/check.cjs', name], { cwd: projects.newest });
        errors.push(...printed.split('\n').filter(Boolean));
      }
    };
    await Promise.all([checkNext(), checkNext()]);
    expect(errors).toEqual([]);
  });
});
