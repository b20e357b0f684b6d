import { withoutUndefined } from '../checks/check-options';
import type { StreamSettings } from '../delivery/stream';
import type { Engine } from '../hub/engine';

/** What a route may say of its streams in the place of the hub. */
export interface OwnSettings {
  heartbeat?: number | undefined;
  retry?: number | undefined;
  padding?: number | undefined;
  maxAge?: number;
  batchDelay?: number | undefined;
}

/** One settings object for all connections of a route, since most ask for nothing of their own. */
export function settingsFor(
  { heartbeat, retry, padding = 0, maxAge, batchDelay }: OwnSettings,
  maxBytes = Number.POSITIVE_INFINITY,
): (engine: Engine, askedPadding?: number) => StreamSettings {
  const own = withoutUndefined({ heartbeat, retry, maxAge, batchDelay }) as Partial<StreamSettings>;
  const byEngine = new WeakMap<Engine, StreamSettings>();
  return (engine, askedPadding = 0) => {
    let settings = byEngine.get(engine);
    if (settings === undefined) byEngine.set(engine, (settings = { ...engine.settings, ...own, padding, maxBytes }));
    return askedPadding > settings.padding ? { ...settings, padding: askedPadding } : settings;
  };
}
