import { type CloseOptions, checkCloseOptions } from './close-options';
import { engineOfHub, HubSources } from './hub-sources';
import { HublessStreams } from './hubless';
import { addOpenHub, removeOpenHub } from './open-hubs';
import type { HubOptions } from './options';
import type { HubHealth, HubStats } from './telemetry';

/** Owns channels, limits, statistics, and the way to shut down. Created by {@link createHub}. */
export class Hub extends HubSources {
  #closing: Promise<void> | undefined;

  /** Returns the current numbers, and counts since the hub was created. */
  stats(): HubStats {
    return engineOfHub(this).stats;
  }

  /**
   * Tells whether the hub can serve, at once and without asking the backplane: it is what the last
   * commands and pings have shown. A dead connection to Redis shows within three times `timeout`.
   *
   * @example
   * ```ts
   * import { createServer } from 'node:http';
   * import { createHub } from '@pushwire/core';
   *
   * const hub = createHub();
   * createServer((request, response) => {
   *   const { ready, backplane } = hub.health();
   *   response.writeHead(ready ? 200 : 503).end(JSON.stringify(backplane));
   * });
   * ```
   */
  health(): HubHealth {
    return engineOfHub(this).health;
  }

  /** True once `close` was called. */
  get closed(): boolean {
    return engineOfHub(this).isClosed;
  }

  /**
   * Shuts down: writes what was published, asks every client to reconnect (to another process),
   * and refuses new clients and publishes. Resolves when all connections are closed. A client that
   * does not take its last bytes within 10000 ms is cut off. Runs that this process produces may go
   * on for as long, and then fail (`draining`). A second call returns the promise of the first.
   *
   * @throws TypeError for an option that does not fit.
   * @example
   * ```ts
   * import { createHub } from '@pushwire/core';
   *
   * const hub = createHub();
   * process.on('SIGTERM', () => hub.close({ within: 5000 }));
   * ```
   */
  close(options?: CloseOptions): Promise<void> {
    const { within = 0 } = checkCloseOptions(options);
    removeOpenHub(engineOfHub(this));
    const close = async () => {
      await Promise.all([engineOfHub(this).close(within), hubless.onHubClosing(within)]);
    };
    this.#closing ??= engineOfHub(this).unawaited.optional('close()', close());
    return this.#closing;
  }
}

/**
 * Creates a hub.
 *
 * @throws TypeError for an unknown option or a value that does not fit.
 * @example
 * ```ts
 * import { createHub } from '@pushwire/core';
 *
 * const hub = createHub({ log: { count: 100 }, limits: { perClient: 20 } });
 * const news = hub.channel('news');
 * await news.publish({ headline: 'It works' });
 * ```
 */
export function createHub(options?: HubOptions): Hub {
  const hub = new Hub(options);
  addOpenHub(engineOfHub(hub));
  hubless.onHubCreated();
  return hub;
}

/** The streams without a hub. */
export const hubless = new HublessStreams(() => engineOfHub(new Hub()));
