import cluster from 'node:cluster';
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { Broker } from './broker/broker';
import { makeBrokerFolder } from './broker/broker-folder';
import { type BrokerOptions, pathVariable, readBrokerOptions } from './options';

/** A broker that {@link startBroker} has started. */
export interface RunningBroker {
  /** The socket at which it listens, for `clusterBackplane({ path })`. */
  readonly path: string;
  /**
   * Settles when workers can connect. They may be forked before. It rejects with the error of Node
   * if the socket cannot be made, which is also logged, so that nobody has to await it.
   */
  readonly ready: Promise<void>;
  /** Drops all workers, and everything that the broker has kept. */
  close(): Promise<void>;
}

/** The path of the broker that the workers of this process know of. */
let ownPath: string | undefined;

/**
 * Starts the broker that joins the hubs with a {@link clusterBackplane}. It keeps the logs, runs
 * and states in the memory of this process, so that a worker that ends loses nothing.
 * Call it once in the primary, before `cluster.fork()`. Where an app has no code in the primary, as
 * under PM2, run it in a process of its own, with a `path`.
 *
 * @example
 * ```ts
 * import { startBroker } from '@pushwire/cluster';
 *
 * // A process of its own, which PM2 starts in fork mode.
 * startBroker({ path: '/run/my-app/pushwire.sock' });
 * ```
 *
 * @throws TypeError for an unknown option or a value that does not fit; in a worker of
 * `node:cluster`; and for a second broker without a `path` in one process.
 */
export function startBroker(options?: BrokerOptions): RunningBroker {
  if (cluster.isWorker) {
    throw new TypeError(
      'startBroker() was called in a worker of node:cluster: call it in the primary, ' +
        'or in a process of its own (under PM2, with exec_mode fork and one instance)',
    );
  }
  let folder: string | undefined;
  const defaultPath = () => {
    if (ownPath !== undefined) throw new TypeError('startBroker() was called before in this process: give a path');
    if (process.platform === 'win32') return `\\\\.\\pipe\\pushwire-${randomBytes(16).toString('hex')}`;
    const made = makeBrokerFolder();
    folder = made.folder;
    return made.path;
  };
  const settings = readBrokerOptions(options, defaultPath);
  const { path } = settings;
  const isOwn = options?.path === undefined;
  if (isOwn) process.env[pathVariable] = ownPath = path;
  const broker = new Broker(settings);
  const ready = broker.listen(!isOwn);
  ready.catch((error) => settings.failed(error));
  const clean = () => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', clean);
  return {
    path,
    ready,
    async close() {
      if (isOwn && ownPath === path) {
        ownPath = undefined;
        delete process.env[pathVariable];
      }
      await ready.catch(() => {});
      await broker.close();
      process.off('exit', clean);
      clean();
    },
  };
}
