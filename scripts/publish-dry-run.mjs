// Does for each package what publishing does, without sending anything, and checks what the tarball
// would hold: every file that package.json names, the type declarations and the source of every
// module, and nothing else. Run `npm run build` before.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';

const expected = /^(dist|src)\/|^(LICENSE|README\.md|CHANGELOG\.md|package\.json)$/;
const leftOver = /\.tsbuildinfo$|\.test\.|(^|\/)(test|__tests__)\//;

for (const name of readdirSync('packages')) {
  const folder = `packages/${name}`;
  const { size, unpackedSize, files } = dryRun(folder);
  const paths = new Set(files.map(({ path }) => path));
  const problems = [
    ...namedIn(folder)
      .filter((path) => !paths.has(path))
      .map((path) => `${path} is missing`),
    ...[...paths]
      .filter((path) => !expected.test(path) || leftOver.test(path))
      .map((path) => `${path} doesn't belong there`),
    ...[...paths].flatMap((path) => companionsOf(folder, path, paths)),
  ];
  for (const problem of problems) console.error(`${folder}: ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
  const [packed, unpacked] = [size, unpackedSize].map((bytes) => `${(bytes / 1024).toFixed(1)} KB`);
  console.log(`${folder}: ${paths.size} files, ${packed} packed, ${unpacked} unpacked`);
}

/** The report of npm on what it would publish. */
function dryRun(folder) {
  const words = ['publish', '--dry-run', '--json', '--loglevel=error'];
  const output = execFileSync('npm', words, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  // npm prints the commands of the package's scripts in front.
  const report = JSON.parse(output.slice(output.search(/^\{/m)));
  // npm 11 names the package, npm 10 doesn't.
  return report.files ? report : Object.values(report)[0];
}

/** The files that package.json names. */
function namedIn(folder) {
  const { main, module, types, exports, typesVersions } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  const named = ['LICENSE', 'README.md', main, module, types, ...leavesOf(exports), ...leavesOf(typesVersions)];
  return [...new Set(named.filter(Boolean).map((path) => posix.normalize(path)))];
}

function leavesOf(value) {
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leavesOf) : [value];
}

/** A module has type declarations, and its source map finds the source. */
function companionsOf(folder, path, paths) {
  if (!/^dist\/.*\.js$/.test(path)) return [];
  const declarations = path.replace(/\.js$/, '.d.ts');
  const { sources } = JSON.parse(readFileSync(`${folder}/${path}.map`, 'utf8'));
  const needed = [declarations, ...sources.map((source) => posix.join(posix.dirname(path), source))];
  return needed.filter((file) => !paths.has(file)).map((file) => `${path} needs ${file}`);
}
