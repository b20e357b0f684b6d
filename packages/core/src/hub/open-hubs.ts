import type { Engine } from './engine';

/** The open hubs of this process. */
const openHubs = new Set<Engine>();

export function addOpenHub(engine: Engine): void {
  openHubs.add(engine);
}

export function removeOpenHub(engine: Engine): void {
  openHubs.delete(engine);
}

/**
 * Returns the only open hub of the process. The channels that a source is about to return are most
 * likely its own. `undefined` if there are several, or none.
 */
export function onlyOpenHub(): Engine | undefined {
  const [first] = openHubs;
  return openHubs.size === 1 ? first : undefined;
}
