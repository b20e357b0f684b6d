import path from 'node:path';
import { buildSync } from 'esbuild';

/** The results of one connection of the page so far. */
export interface Run {
  readonly numbers: number[];
  readonly ids: string[];
  readonly gaps: unknown[];
  readonly errors: string[];
  /** The transports that were open, in order. */
  readonly transports: string[];
  readonly status: string;
}

/**
 * A script for the page: `follow(name, options)` connects to a channel and collects its results in
 * `runs[name]`. With the option `share`, it shares its connection with other tabs. `comet` may be
 * among the names of its transports.
 */
const follow = `
  window.runs = {};
  window.follow = (name, { share, transports, ...options }) => {
    const run = { numbers: [], ids: [], gaps: [], errors: [], transports: [], status: '' };
    const connect = share ? pushwire.connectShared : pushwire.connect;
    const connection = connect('/channels/' + name, {
      cursor: '0',
      retry: 200,
      maxRetry: 1000,
      ...options,
      ...(transports && { transports: transports.map((each) => (each === 'comet' ? pushwire.comet : each)) }),
    });
    connection.on('number', (number, { id }) => {
      run.numbers.push(number);
      run.ids.push(id);
    });
    connection.onGap((gap) => run.gaps.push(gap));
    connection.onError(({ code }) => run.errors.push(code));
    connection.onStatus(({ status, transport }) => {
      run.status = status;
      if (status === 'open' && run.transports.at(-1) !== transport) run.transports.push(transport);
    });
    // Driving libraries copy results: the connection is left out.
    Object.defineProperty(run, 'connection', { value: connection });
    window.runs[name] = run;
  };
`;

const entries = ['./index', './comet/index', './shared/index'];

/** Bundles the entries of `@pushwire/client` as the global `pushwire`, and the script above. */
export function clientScript(): string {
  const contents = entries.map((entry) => `export * from '${entry}.js';`).join('\n');
  const stdin = { contents, resolveDir: path.join(__dirname, '../../packages/client/src') };
  const bundle = { bundle: true, format: 'iife', globalName: 'pushwire', write: false, target: 'es2022' } as const;
  const [built] = buildSync({ stdin, ...bundle }).outputFiles;
  return `${built?.text}${follow}`;
}
