import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, normalize, relative } from 'node:path';

// Who may know whom. The house is described in CONTRIBUTING.md.

const packages = join(__dirname, '..', 'packages');

/** Files that only compute: no timers, no sockets, no state of their own. */
const pure = [
  'batch',
  'cursor',
  'errors',
  'headers',
  'negotiate',
  'limits',
  'log',
  'logger',
  'message',
  'options',
  'origins',
  'retry',
  'start',
  'stats',
  'reason',
  'writers/chunk',
  'writers/comet',
  'writers/control',
  'writers/deflate',
  'writers/frame',
  'writers/ndjson',
  'writers/poll',
  'writers/sse',
  'writers/sse-frames',
  'writers/web-socket',
  'writers/web-socket-frame',
  'writers/writer',
];

function sources(folder: string): string[] {
  const src = join(packages, folder, 'src');
  return readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => relative(src, join(src, file)).replace(/\.ts$/, ''));
}

/** Files of the client that only compute. */
const pureInClient = [
  'back-off',
  'emitter',
  'error',
  'event-stream',
  'frame',
  'hear',
  'machine',
  'state',
  'trial',
  'turn',
  'verdict',
];

function imports(folder: string, file: string): string[] {
  const text = readFileSync(join(packages, folder, 'src', `${file}.ts`), 'utf8');
  const named = [...text.matchAll(/^(?:import|export)\b[^;]*?\bfrom '([^']+)'/gms)].map(([, from]) => from as string);
  const called = [...text.matchAll(/\b(?:require|import)\('([^']+)'\)/g)].map(([, from]) => from as string);
  return [...named, ...called].map((from) =>
    from.startsWith('.') ? normalize(join(dirname(file), from.replace(/\.js$/, ''))) : from,
  );
}

describe('the core', () => {
  it('depends on no package and names no framework', () => {
    for (const file of sources('core')) {
      for (const from of imports('core', file)) {
        const builtin = from.startsWith('node:') && builtinModules.includes(from.slice('node:'.length));
        const own = sources('core').includes(from);
        expect({ file, from, allowed: builtin || own }).toEqual({ file, from, allowed: true });
      }
    }
  });

  it.each(pure)('%s is pure: it knows only pure files', (file) => {
    const allowed = [...pure, 'node:crypto', 'node:util', 'node:zlib'];
    expect(imports('core', file).filter((from) => !allowed.includes(from))).toEqual([]);
    // What the text of a script for browsers does is no business of this.
    const text = readFileSync(join(packages, 'core', 'src', `${file}.ts`), 'utf8').replace(/'[^'\n]*'/g, "''");
    expect(text).not.toMatch(/\b(setTimeout|setInterval|setImmediate|Date\.now|Math\.random|process\.|performance\.)/);
  });

  it('touches node:http and sockets in node/ alone', () => {
    const io = /^node:(http|https|http2|net|tls|stream)$/;
    const elsewhere = sources('core').filter((file) => !file.startsWith('node/') && !file.startsWith('testing/'));
    for (const file of elsewhere) expect(imports('core', file).filter((from) => io.test(from))).toEqual([]);
  });

  it('has behaviour that does not know node/, which only the public list does', () => {
    const behaviour = sources('core').filter((file) => !/^(node|testing)\//.test(file) && file !== 'index');
    for (const file of behaviour) expect(imports('core', file).filter((from) => from.startsWith('node/'))).toEqual([]);
  });
});

describe('the client', () => {
  it('knows nobody; but its hook knows React', () => {
    for (const file of sources('client')) {
      const allowed = [...sources('client'), ...(file.startsWith('react/') ? ['react'] : [])];
      expect(imports('client', file).filter((from) => !allowed.includes(from))).toEqual([]);
    }
  });

  it('has a main entry that none of the others is part of', () => {
    const reached = new Set<string>();
    const reach = (file: string) => {
      if (reached.has(file)) return;
      reached.add(file);
      for (const from of imports('client', file)) reach(from);
    };
    reach('index');
    expect([...reached].filter((file) => /^(comet|shared|react)\//.test(file))).toEqual([]);
  });

  it.each(pureInClient)('%s is pure: it knows only pure files', (file) => {
    // Of others it knows types alone.
    const text = readFileSync(join(packages, 'client', 'src', `${file}.ts`), 'utf8');
    const values = [...text.matchAll(/^(?:import|export) (?!type )[^;]*?\bfrom '\.\/([^']+)\.js'/gms)].map(
      ([, from]) => from,
    );
    expect(values.filter((from) => ![...pureInClient, 'options'].includes(from as string))).toEqual([]);
    expect(text).not.toMatch(/\b(setTimeout|fetch\(|Date\.now|Math\.random|globalThis|document\.|window\.)/);
  });
});

describe.each([
  ['express', 'express'],
  ['koa', 'koa'],
])('the %s package', (folder, framework) => {
  it('knows the core’s public entry and its framework, and ws, and nothing else', () => {
    const allowed = ['@pushwire/core', 'node:http', 'node:util', framework, 'ws', ...sources(folder)];
    for (const file of sources(folder)) {
      expect(imports(folder, file).filter((from) => !allowed.includes(from))).toEqual([]);
    }
  });
});

describe('the redis package', () => {
  it('knows the core’s public entries and no client library, which it is given', () => {
    const allowed = ['@pushwire/core', '@pushwire/core/backplanes', 'node:crypto', ...sources('redis')];
    for (const file of sources('redis')) {
      expect(imports('redis', file).filter((from) => !allowed.includes(from))).toEqual([]);
    }
  });
});
