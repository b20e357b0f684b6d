import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, normalize } from 'node:path';

// The rooms of each package, from the ground up, and what each may import. CONTRIBUTING.md describes them.

const http = ['node:http', 'node:http2', 'node:https', 'node:net', 'node:tls'];

/** Pure rooms hold no timers, sockets, randomness or process state. */
interface Room {
  readonly pure?: true;
  /** Modules outside of the package. */
  readonly modules?: readonly string[];
}

const core: Record<string, Room> = {
  checks: { pure: true },
  time: { modules: ['node:async_hooks'] },
  'node-internals': { modules: [...http, 'node:diagnostics_channel', 'node:events', 'node:stream'] },
  log: { pure: true, modules: ['node:crypto', 'node:util'] },
  encoders: { pure: true, modules: ['node:zlib'] },
  dialects: { pure: true },
  backplanes: { modules: ['node:crypto'] },
  delivery: {},
  subscribing: {},
  reading: {},
  runs: { modules: ['node:crypto'] },
  states: {},
  presence: { modules: ['node:crypto'] },
  clients: { modules: ['node:crypto'] },
  hub: { modules: ['node:crypto', 'node:diagnostics_channel'] },
  response: { modules: [...http, 'node:events'] },
  upgrade: { modules: [...http, 'node:crypto', 'node:events', 'node:stream'] },
  http: { modules: [...http, 'node:crypto', 'node:stream'] },
  'web-socket': { modules: ['node:http', 'node:stream'] },
  transports: { modules: ['node:http', 'node:crypto'] },
  'by-hand': { modules: ['node:http'] },
  testing: { modules: ['node:http', 'node:https', 'node:net', 'node:crypto', 'node:stream', 'node:zlib'] },
  index: {},
};

const client: Record<string, Room> = {
  wire: { pure: true },
  environment: {},
  transports: {},
  machine: { pure: true },
  main: {},
  comet: {},
  shared: {},
  'two-way': {},
  state: {},
  react: { modules: ['react'] },
};

const redis: Record<string, Room> = {
  scripts: {},
  connection: {},
  clients: {},
  channels: {},
  runs: {},
  states: {},
  main: {},
};

const cluster: Record<string, Room> = {
  protocol: { pure: true, modules: ['node:v8'] },
  socket: { modules: ['node:net'] },
  options: {},
  broker: { modules: ['node:fs', 'node:net', 'node:os', 'node:path', 'node:worker_threads'] },
  worker: { modules: ['node:crypto', 'node:net'] },
  main: { modules: ['node:cluster', 'node:crypto', 'node:fs'] },
};

const durableStreams: Record<string, Room> = {
  protocol: { pure: true },
  streams: {},
  http: { modules: ['node:buffer', 'node:events', 'node:http'] },
  main: { modules: ['node:http'] },
};

/** Pure files of rooms that hold others too. */
const pureFiles = [
  'time/retry-delay',
  'delivery/admission',
  'delivery/close-reason',
  'reading/channel-message',
  'reading/slice',
  'reading/read-options',
  'response/headers',
  'http/weighted-items',
  'web-socket/origin',
  'transports/negotiate',
  'emitter',
  'state/replica',
  'state/shown',
  'state/json',
];

const impureCode = new RegExp(
  [
    /\bset(Timeout|Interval|Immediate)\b/,
    /\b(Date\.now|new Date\(\)|performance\.)/,
    /\b(Math\.random|random(Bytes|UUID|Int)\b)/,
    /\b(process\.|fetch\(|globalThis|document\.|window\.)/,
    // State of the module itself.
    /^(let |const \w+ = new (Weak)?(Map|Set))/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'gm',
);

const redisModules = ['@pushwire/core', '@pushwire/core/backplanes', 'node:crypto'];

/** The source files of a package, without their endings. */
function sourcesOf(name: string): readonly string[] {
  return readdirSync(folderOf(name), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => file.replace(/\.tsx?$/, ''))
    .sort();
}

const folderOf = (name: string) => join(__dirname, '..', 'packages', name, 'src');

function textOf(name: string, file: string): string {
  const path = join(folderOf(name), file);
  return readFileSync(existsSync(`${path}.ts`) ? `${path}.ts` : `${path}.tsx`, 'utf8');
}

/** The code of a file without comments. */
function codeOf(name: string, file: string): string {
  return textOf(name, file).replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
}

/** The same without string literals: a script for browsers does not run here. */
function statementsOf(name: string, file: string): string {
  return codeOf(name, file)
    .replace(/'[^'\n]*'/g, "''")
    .replace(/\/\/.*$/gm, '');
}

/** An import of any form, with the names that it takes, if it says them. */
const importForms = [
  /\b(?:import|export)\b(?<names>[^;'"`]*?)\bfrom\s*['"](?<from>[^'"]+)['"]/g,
  /\bimport\s*['"](?<from>[^'"]+)['"]/g,
  /\b(?:require|import)\(\s*['"`](?<from>[^'"`]+)['"`]/g,
];

/** The imports of a file, types included: files of the package by their paths, other modules by their names. */
function importsOf(name: string, file: string, { types = true } = {}): readonly string[] {
  const code = codeOf(name, file);
  const found = importForms.flatMap((form) => [...code.matchAll(form)]).map(({ groups }) => groups ?? {});
  const chosen = types ? found : found.filter(({ names = '' }) => !/^\s*type\b/.test(names));
  return chosen.map(({ from = '' }) =>
    from.startsWith('.') ? normalize(join(dirname(file), from.replace(/\.js$/, ''))) : from,
  );
}

/** The room of a file: its folder, or the file itself at the top where the package's table names it. */
function roomOf(file: string, rooms: Record<string, Room>): string {
  const [first = ''] = file.split('/');
  return first in rooms ? first : 'main';
}

type Graph = ReadonlyMap<string, ReadonlySet<string>>;

function graphOf(nodes: readonly string[], edgesOf: (node: string) => readonly string[]): Graph {
  return new Map(nodes.map((node) => [node, new Set(edgesOf(node).filter((to) => to !== node))]));
}

/** One circle of a graph as a path, or `undefined` where there is none. */
function circleIn(graph: Graph): string | undefined {
  const done = new Set<string>();
  const visit = (node: string, path: readonly string[]): string | undefined => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node].join(' → ');
    if (done.has(node)) return undefined;
    for (const to of graph.get(node) ?? []) {
      const circle = visit(to, [...path, node]);
      if (circle !== undefined) return circle;
    }
    done.add(node);
    return undefined;
  };
  for (const node of graph.keys()) {
    const circle = visit(node, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

describe.each([
  ['core', core, []],
  ['client', client, []],
  ['redis', redis, redisModules],
  ['cluster', cluster, ['@pushwire/core', '@pushwire/core/backplanes']],
  ['durable-streams', durableStreams, ['@pushwire/core', '@pushwire/core/backplanes']],
] as const)('the rooms of the %s package', (name, rooms: Record<string, Room>, shared) => {
  const files = sourcesOf(name);
  const importsInside = (file: string) => importsOf(name, file).filter((from) => files.includes(from));
  const roomNames = Object.keys(rooms);

  it('are all in the table', () => {
    const found = new Set(files.map((file) => roomOf(file, rooms)));
    const listed = roomNames.filter((room) => room !== 'main');
    expect([...found].filter((room) => room !== 'main').sort()).toEqual(listed.sort());
  });

  it('have no circle between files, types included', () => {
    expect(circleIn(graphOf(files, importsInside))).toBeUndefined();
  });

  it('have no circle between folders, types included', () => {
    const filesIn = (room: string) => files.filter((file) => roomOf(file, rooms) === room);
    const edgesOf = (room: string) =>
      filesIn(room).flatMap((file) => importsInside(file).map((from) => roomOf(from, rooms)));
    expect(circleIn(graphOf(roomNames, edgesOf))).toBeUndefined();
  });

  it('import only rooms below their own, and the modules that they may use', () => {
    const floorOf = (file: string) => roomNames.indexOf(roomOf(file, rooms));
    const found = files.flatMap((file) => {
      const modules = [...(rooms[roomOf(file, rooms)]?.modules ?? []), ...shared];
      const isAllowed = (from: string) =>
        files.includes(from) ? floorOf(from) <= floorOf(file) : modules.includes(from);
      const forbidden = importsOf(name, file).filter((from) => !isAllowed(from));
      return forbidden.map((from) => `${file} imports ${from}`);
    });
    expect(found).toEqual([]);
  });

  it('are pure where the table says so', () => {
    const isPure = (file: string) => rooms[roomOf(file, rooms)]?.pure === true || pureFiles.includes(file);
    const found = files.filter(isPure).flatMap((file) => {
      const inside = importsOf(name, file, { types: false }).filter((from) => files.includes(from));
      const impure = inside.filter((from) => !isPure(from)).map((from) => `${file} imports ${from}`);
      const effects = statementsOf(name, file).match(impureCode) ?? [];
      return [...impure, ...effects.map((effect) => `${file} uses ${effect}`)];
    });
    expect(found).toEqual([]);
  });
});

it.each(['core', 'express', 'koa', 'client', 'redis', 'cluster', 'durable-streams'])(
  'no file of the %s package has more than 200 lines',
  (name) => {
    const isLong = (file: string) => textOf(name, file).split('\n').length > 201;
    expect(sourcesOf(name).filter(isLong)).toEqual([]);
  },
);

describe('the core', () => {
  it('is evenly divided: no folder has more than a fifth of the lines', () => {
    const lines = new Map<string, number>();
    for (const file of sourcesOf('core')) {
      const room = roomOf(file, core);
      lines.set(room, (lines.get(room) ?? 0) + textOf('core', file).split('\n').length);
    }
    const all = [...lines.values()].reduce((sum, one) => sum + one, 0);
    expect([...lines].filter(([, one]) => one > all / 5)).toEqual([]);
  });

  it('depends on no package, and uses Node’s own modules by their full names', () => {
    const files = sourcesOf('core');
    const modules = files.flatMap((file) => importsOf('core', file)).filter((from) => !files.includes(from));
    const builtin = modules.filter((from) => builtinModules.includes(from.replace(/^node:/, '')));
    expect(modules.filter((from) => !from.startsWith('node:'))).toEqual([]);
    expect(builtin).toEqual(modules);
  });
});

describe('the client', () => {
  it('has a main entry that contains none of the others', () => {
    const files = sourcesOf('client');
    const reached = new Set<string>();
    const reach = (file: string) => {
      if (reached.has(file) || !files.includes(file)) return;
      reached.add(file);
      for (const from of importsOf('client', file)) reach(from);
    };
    reach('index');
    expect([...reached].filter((file) => /^(comet|shared|two-way|state|react)\//.test(file))).toEqual([]);
  });
});

describe.each(['express', 'koa'])('the %s package', (name) => {
  it('knows the public entry of the core, its framework and ws, and nothing else', () => {
    const files = sourcesOf(name);
    const allowed = ['@pushwire/core', 'node:http', 'node:util', name, 'ws', ...files];
    const found = files.flatMap((file) => importsOf(name, file));
    expect(found.filter((from) => !allowed.includes(from))).toEqual([]);
  });
});
