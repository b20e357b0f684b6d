import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { canPin } from '../processes/pinning';

/** The environment that the figures depend on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  /** True if server and clients had one core each. */
  readonly pinned: boolean;
  readonly system: string;
  /** The versions of the servers' Node, such as `v20.20.2, v24.21.0`. */
  readonly node: string;
  readonly packages: Readonly<Record<string, string>>;
}

const ownPackages = ['@pushwire/core', '@pushwire/express', '@pushwire/koa'];

/**
 * @param nodes the versions of the servers' Node.
 * @param others other packages that were measured.
 * @param programs versions of other programs.
 */
export function describeMachine(
  nodes: readonly string[],
  others: readonly string[],
  programs: Readonly<Record<string, string>> = {},
): Machine {
  const cores = cpus();
  return {
    cpu: cores[0]?.model.trim() ?? 'unknown',
    cores: cores.length,
    pinned: canPin,
    system: `${process.platform} ${process.arch}`,
    node: nodes.map((version) => `v${version}`).join(', '),
    packages: {
      ...Object.fromEntries([...ownPackages, ...others].map((name) => [name, versionOf(name)])),
      ...programs,
    },
  };
}

/** Reads the file itself, since not every package exports its `package.json`. */
function versionOf(name: string): string {
  let folder = dirname(require.resolve(name));
  for (;;) {
    try {
      const found = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        name?: string;
        version?: string;
      };
      if (found.name === name && found.version !== undefined) return found.version;
    } catch {
      // The package may be in a folder further up.
    }
    const parent = dirname(folder);
    if (parent === folder) return 'unknown';
    folder = parent;
  }
}

export function machineLine({ cpu, cores, pinned, node }: Machine): string {
  const placing = pinned ? 'server on core 0, clients on core 1' : 'not pinned to cores';
  return `${cpu}, ${cores} cores, ${placing}, Node ${node.replaceAll('v', '')}`;
}

export function versionLine({ packages }: Machine): string {
  return Object.entries(packages)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');
}
