import type { Contest, Entrant } from './contest';
import { NodeServer } from './processes/node-server';

/** A server that streams the keys of a state, over TCP and over a socket with a path. */
export interface StateEntrant extends Entrant {
  start(path: string, node: readonly string[]): Promise<NodeServer>;
}

export const states = {
  'state-write': entrant('by hand: a map and res.write', 'state-write', '0'),
  'state-write-100': entrant('by hand, every 100 ms', 'state-write', '100'),
  'state-channel': entrant('pushwire, a channel with all values', 'state-pushwire', 'channel'),
  'state-0': entrant('pushwire, a state', 'state-pushwire', '0'),
  'state-33': entrant('pushwire, every: 33', 'state-pushwire', '33'),
  'state-100': entrant('pushwire, every: 100', 'state-pushwire', '100'),
  'state-0-256k': entrant('pushwire, a state, highWaterMark 256 KiB', 'state-pushwire', '0', `${256 * 1024}`),
} as const;

/** The versions that all parts with states depend on. */
export const withStatePackages: Pick<Contest, 'packages'> = { packages: ['express'] };

function entrant(title: string, server: string, ...words: readonly string[]): StateEntrant {
  return { title, start: (path, node) => NodeServer.start(server, { node, words: [path, ...words] }) };
}
