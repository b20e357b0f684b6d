import { type Channel, engineOf } from './channel';
import type { Engine } from './engine';
import { type Hub, hubless } from './hub';
import { engineOfHub } from './hub-sources';
import type { ListeningServer } from './hubless';
import { onlyOpenHub } from './open-hubs';

/** True if the process is leaving: the server has stopped listening, and a hub has closed. */
export function isLeaving(server: ListeningServer | undefined): boolean {
  return server !== undefined && hubless.isLeaving(server);
}

/**
 * Returns the engine that serves these channels. Without channels, it is the engine of `hub`, or
 * that of the server's streams without a hub.
 */
export function engineFor(channels: readonly Channel[], hub: Hub | undefined, server?: ListeningServer): Engine {
  const first = channels[0];
  if (first) return engineOf(first);
  return hub ? engineOfHub(hub) : hubless.engineOf(server);
}

/** Returns the engine that counts a request while its channels are not known yet. */
export function presumedEngine(hub: Hub | undefined, server?: ListeningServer): Engine {
  return (hub ? undefined : onlyOpenHub()) ?? engineFor([], hub, server);
}
