// Type-checks the code under each `@example` in packages/*/src as a module that imports the built
// packages, and lists the public functions that have no example. Errors name the line of the
// source. With --require-all, fails for such functions. Run `tsc -b` before.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

// Inside of node_modules, so that imports find the packages and biome looks at none of it.
const cache = 'node_modules/.cache/pushwire/tsdoc-examples';

/** Found examples by the file that they are written to. */
const examples = new Map();
for (const name of readdirSync('packages')) {
  const sources = readdirSync(`packages/${name}/src`, { recursive: true }).filter((file) => /\.tsx?$/.test(file));
  for (const source of sources) extract(join(`packages/${name}/src`, source));
}
const failures = check();
const bare = readdirSync('packages').flatMap((name) => functionsWithoutExample(`packages/${name}/src`));

console.log(`${examples.size} examples, ${failures} errors in them`);
if (bare.length > 0) console.log(`Public functions without an @example:\n  ${bare.join('\n  ')}`);
const requireAll = process.argv.includes('--require-all');
if (failures > 0 || (requireAll && bare.length > 0)) process.exitCode = 1;

/** Each fenced block under an `@example` becomes a file with the line numbers of the source. */
function extract(source) {
  const lines = readFileSync(source, 'utf8').split('\n');
  let [inExample, code] = [false, undefined];
  for (const [index, line] of lines.entries()) {
    const text = line.replace(/^\s*\* ?/, '');
    const fence = /^\s*```(\w*)/.exec(text);
    if (/^@example\b/.test(text)) inExample = true;
    else if (/\*\//.test(line) || (code === undefined && /^@\w/.test(text))) inExample = false;
    if (!inExample) continue;
    if (code !== undefined && fence) {
      const name = `${relative('packages', source)
        .replace(/\.tsx?$/, '')
        .replace(/\W/g, '-')}-${code.first}.${code.language}`;
      examples.set(name, { source, ...code });
      code = undefined;
    } else if (code !== undefined) {
      code.text.push(text);
      code.indents.push(line.length - text.length);
    } else if (fence && /^tsx?$/.test(fence[1])) {
      code = { first: index + 2, language: fence[1], text: [], indents: [] };
    }
  }
}

/** How many errors the compiler finds. */
function check() {
  rmSync(cache, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  for (const [name, { first, text }] of examples) {
    writeFileSync(join(cache, name), `${'\n'.repeat(first - 1)}${text.join('\n')}\nexport {};\n`);
  }
  const compilerOptions = {
    noEmit: true,
    strict: true,
    target: 'es2023',
    lib: ['es2023', 'dom', 'dom.iterable'],
    module: 'preserve',
    moduleResolution: 'bundler',
    jsx: 'react-jsx',
    types: ['node', 'jest'],
    skipLibCheck: true,
  };
  writeFileSync(join(cache, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [...examples.keys()] }));
  const words = ['node_modules/typescript/bin/tsc', '-p', cache, '--pretty', 'false'];
  const { stdout, stderr, status } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  process.stderr.write(stderr);
  const errors = [...stdout.matchAll(/^(.+?)\((\d+),(\d+)\): (error .*(?:\n[ \t]+.*)*)/gm)];
  for (const [, file, line, column, message] of errors)
    console.error(locate(file, Number(line), Number(column), message));
  if (status !== 0 && errors.length === 0) console.error(stdout);
  return status === 0 ? 0 : Math.max(1, errors.length);
}

function locate(file, line, column, message) {
  const example = examples.get(relative(resolve(cache), resolve(file)));
  if (example === undefined) return `${file}:${line}:${column}: ${message}`;
  return `${example.source}:${line}:${column + (example.indents[line - example.first] ?? 0)}: ${message}`;
}

/** The functions that a package's entries export, and that nobody wrote an example for. */
function functionsWithoutExample(folder) {
  const entries = readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? [join(folder, entry.name, 'index.ts')] : [join(folder, entry.name)]))
    .filter((file) => /(^|\/)index\.ts$/.test(file) && existsSync(file));
  const bare = entries.flatMap((entry) => exportsOf(entry)).filter(({ file, name }) => lacksExample(file, name));
  return [...new Set(bare.map(({ file, name }) => `${name} (${file})`))];
}

/** The names that an entry exports from files of its package, each with that file. */
function exportsOf(file) {
  const statements = readFileSync(file, 'utf8').matchAll(/^export (?!type )\{([^}]*)\} from '(\.[^']*)'/gm);
  return [...statements].flatMap(([, list, from]) => {
    const path = join(dirname(file), from.replace(/\.js$/, ''));
    const target = [`${path}.ts`, `${path}.tsx`, join(path, 'index.ts')].find((each) => existsSync(each));
    const names = list.split(',').map((name) => name.trim().split(' as ')[0]);
    return names.filter((name) => name && !name.startsWith('type ')).map((name) => ({ file: target, name }));
  });
}

function lacksExample(file, name) {
  const text = readFileSync(file, 'utf8');
  const declared = RegExp(String.raw`(/\*\*(?:(?!\*/)[\s\S])*\*/\s*)?^export (?:async )?function\*? ${name}\b`, 'gm');
  const declarations = [...text.matchAll(declared)];
  return declarations.length > 0 && !declarations.some(([, comment = '']) => comment.includes('@example'));
}
