import type { Hub } from '../hub/hub';
import { given } from '../checks/check-options';
import type { StreamSettings } from '../delivery/stream';

/** What a route may say of its streams in the place of the hub. */
export interface OwnSettings {
  heartbeat?: number | undefined;
  retry?: number | undefined;
  padding?: number | undefined;
  maxAge?: number;
  linger?: number | undefined;
}

/** One settings object for all connections of a route, since most ask for nothing of their own. */
export function settingsFor(
  { heartbeat, retry, padding = 0, maxAge, linger }: OwnSettings,
  maxBytes = Number.POSITIVE_INFINITY,
): (hub: Hub, askedPadding?: number) => StreamSettings {
  const own = given({ heartbeat, retry, maxAge, linger }) as Partial<StreamSettings>;
  const byHub = new WeakMap<Hub, StreamSettings>();
  return (hub, askedPadding = 0) => {
    let settings = byHub.get(hub);
    if (settings === undefined) byHub.set(hub, (settings = { ...hub.settings, ...own, padding, maxBytes }));
    return askedPadding > settings.padding ? { ...settings, padding: askedPadding } : settings;
  };
}
