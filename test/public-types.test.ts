import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

// A package exports every type that its public signatures mention, and every type that those
// mention, so that an app can name each of them. The parts of a backplane are in an entry of their own.

const packages = join(__dirname, '..', 'packages');
const read = (...path: string[]) => readFileSync(join(packages, ...path), 'utf8');

/** The names that an entry exports, by the names that they have in their files. */
function exportsOf(...path: string[]): ReadonlyMap<string, string> {
  const lists = [...read(...path).matchAll(/^export (?:type )?\{([^}]*)\}/gm)];
  const names = lists.flatMap(([, list = '']) => list.split(',').map((name) => name.trim().replace(/^type /, '')));
  return new Map(
    names
      .filter(Boolean)
      .map((name) => name.split(' as ') as [string, string?])
      .map(([a, b = a]) => [a, b]),
  );
}

/** Declarations that end at a line's own brace, or at a semicolon. */
const blocks = /^export (?:abstract )?(?:interface|class) (\w+)[\s\S]*?^\}/gm;
const aliases = /^export type (\w+)[^;]*;/gm;

/** Declarations of types in the core, without comments, private members and what is stripped from them. */
const declarations = new Map<string, string>();
for (const file of readdirSync(join(packages, 'core/src'), { recursive: true, encoding: 'utf8' })) {
  if (!file.endsWith('.ts')) continue;
  const code = read('core/src', file)
    .replace(/^ {2}\/\*\* @internal[\s\S]*?\*\/\n[\s\S]*?(?=\n\n|\n\})/gm, '')
    .replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
    .replace(/'[^'\n]*'/g, "''");
  for (const [text, name = ''] of [...code.matchAll(blocks), ...code.matchAll(aliases)]) {
    declarations.set(name, signaturesOf(text));
  }
}

/** The public signatures of a class, or the whole of another declaration. */
function signaturesOf(text: string): string {
  if (!/^export (abstract )?class/.test(text)) return text;
  const [head = '', ...lines] = text.split('\n');
  const members = lines.filter(
    (line) => !line.includes('#') && /^ {2,4}(readonly |get |\w+[(<:]|\)|\w+\??:)/.test(line),
  );
  return [head, ...members].map((line) => line.replace(/\{$|= .*$/, '')).join('\n');
}

const typesIn = (text: string) => [...text.matchAll(/\b[A-Z]\w+/g)].map(([name]) => name);

/** Names that are types of the platform, of a framework, or type parameters. */
const isOwn = (name: string) => declarations.has(name);

const backplaneParts = exportsOf('core/src/backplanes/index.ts');
const core = exportsOf('core/src/index.ts');

describe.each(['core', 'express', 'koa'])('the %s package', (name) => {
  const exported = exportsOf(name, 'src/index.ts');
  const isExported = (type: string) =>
    exported.has(type) || exported.has(core.get(type) ?? type) || backplaneParts.has(type);

  it('exports the types that its own functions mention', () => {
    if (name === 'core') return;
    for (const file of ['middleware.ts', 'web-socket.ts']) {
      const signatures = [...read(name, 'src', file).matchAll(/^export function [\s\S]*?\{\n/gm)].map(([text]) => text);
      const own = signatures.flatMap(typesIn).filter((type) => isOwn(type) || /^Any|^Handler$/.test(type));
      expect(own.length).toBeGreaterThan(0);
      expect(own.filter((type) => !isExported(type))).toEqual([]);
    }
  });

  it('exports the types that its exported types mention', () => {
    const types = [...exported.keys()].map((type) => [...core].find(([, alias]) => alias === type)?.[0] ?? type);
    const missing = types.flatMap((type) =>
      typesIn(declarations.get(type) ?? '')
        .filter((mentioned) => isOwn(mentioned) && !isExported(mentioned))
        .map((mentioned) => `${type} mentions ${mentioned}`),
    );
    expect([...new Set(missing)]).toEqual([]);
  });
});
