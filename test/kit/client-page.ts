import path from 'node:path';
import { buildSync } from 'esbuild';

/** What one connection of the page has got so far. */
export interface Run {
  readonly numbers: number[];
  readonly ids: string[];
  readonly gaps: unknown[];
  readonly errors: string[];
  /** The transports over which it was open, one after the other. */
  readonly transports: string[];
  readonly status: string;
}

/** Runs in the page: `follow(name, options)` connects to a channel, and `runs[name]` is what came of it. */
const follow = `
  window.runs = {};
  window.follow = (name, options) => {
    const run = { numbers: [], ids: [], gaps: [], errors: [], transports: [], status: '' };
    const connection = pushwire.connect('/channels/' + name, { cursor: '0', retry: 200, maxRetry: 1000, ...options });
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
    window.runs[name] = run;
  };
`;

/** `@pushwire/client` as it would be bundled for a page, under the name `pushwire`, and the above. */
export function clientScript(): string {
  const entryPoints = [path.join(__dirname, '../../packages/client/src/index.ts')];
  const bundle = { bundle: true, format: 'iife', globalName: 'pushwire', write: false, target: 'es2022' } as const;
  const [built] = buildSync({ entryPoints, ...bundle }).outputFiles;
  return `${built?.text}${follow}`;
}
