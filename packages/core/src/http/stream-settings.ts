import { withoutUndefined } from '../checks/check-options';
import { type Join, joiningOf } from '../delivery/joining';
import type { StreamSettings } from '../delivery/stream-settings';
import { type CompressOptions, compressionOf } from '../encoders/compress-options';
import type { Engine } from '../hub/engine';

/** The settings of a hub that a route can override. */
export interface StreamOverrides {
  heartbeat?: number | undefined;
  retry?: number | undefined;
  padding?: number | undefined;
  maxAge?: number;
  batchDelay?: number | undefined;
  join?: Join | undefined;
  compress?: boolean | CompressOptions | undefined;
}

/**
 * Makes the function that returns the settings of a route's streams. All streams of one route and
 * hub share one object, except those of clients that ask for more padding.
 */
export function settingsFor(
  { heartbeat, retry, padding = 0, maxAge, batchDelay, join, compress }: StreamOverrides,
  maxBytes = Number.POSITIVE_INFINITY,
): (engine: Engine, askedPadding?: number) => StreamSettings {
  const joining = joiningOf(join);
  const compression = compress === undefined ? undefined : compressionOf(compress);
  const overrides = withoutUndefined({
    heartbeat,
    retry,
    maxAge,
    batchDelay,
    joining,
    compression,
  }) as Partial<StreamSettings>;
  const byEngine = new WeakMap<Engine, StreamSettings>();
  return (engine, askedPadding = 0) => {
    let settings = byEngine.get(engine);
    if (settings === undefined) {
      settings = { ...engine.settings, ...overrides, padding, maxBytes };
      byEngine.set(engine, settings);
    }
    return askedPadding > settings.padding ? { ...settings, padding: askedPadding } : settings;
  };
}
