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

/** The reasons for which a stream has other settings than its route and its hub say. */
interface StreamNeeds {
  /** Bytes of padding that the client asks for. Defaults to 0. */
  readonly padding?: number;
  /** True for a stream of a state or a presence. Defaults to false. */
  readonly ofState?: boolean;
}

/**
 * Makes the function that returns the settings of a route's streams. All streams of one route and
 * hub share one object, except those of clients that ask for more padding, and those of states.
 */
export function settingsFor(
  { heartbeat, retry, padding = 0, maxAge, batchDelay, join, compress }: StreamOverrides,
  maxBytes = Number.POSITIVE_INFINITY,
): (engine: Engine, needs?: StreamNeeds) => StreamSettings {
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
  const [ofChannels, ofStates] = [new WeakMap<Engine, StreamSettings>(), new WeakMap<Engine, StreamSettings>()];
  return (engine, { padding: asked = 0, ofState = false } = {}) => {
    const byEngine = ofState ? ofStates : ofChannels;
    let settings = byEngine.get(engine);
    if (settings === undefined) {
      const { stateHighWaterMark, ...defaults } = engine.settings;
      settings = {
        ...defaults,
        ...(ofState && { highWaterMark: stateHighWaterMark }),
        ...overrides,
        padding,
        maxBytes,
      };
      byEngine.set(engine, settings);
    }
    return asked > settings.padding ? { ...settings, padding: asked } : settings;
  };
}
