import { aFunction } from '../checks/check-options';
import { misuse } from '../checks/errors';
import type { AnyEvents } from '../log/event-names';
import { runLogName } from '../log/log-name';
import type { ReadItem } from '../reading/channel-message';
import { Reader } from '../reading/reader';
import type { Produce } from '../runs/produce';
import { type RunReadOptions, runReadSettings, runRules } from '../runs/run-rules';
import type { RunStart } from '../runs/run-start';
import type { RunState } from '../runs/run-state';
import { aReason, checkStopOptions, type StartOptions, type StopOptions, startSettings } from '../runs/start-options';
import type { Engine } from './engine';

let readEngine: (run: AnyRun) => Engine;

/** A run with any events. */
// biome-ignore lint/suspicious/noExplicitAny: no event map is wider than all others
export type AnyRun = Run<any>;

/**
 * The messages of one producer, which outlive the request that starts it: the answer of a model, a
 * build, an export. Clients read it from the very start and resume it by their cursor, on every
 * transport and in every process. It ends with an outcome.
 *
 * An id is a slot: each start is a new run, with a log of its own. Runs are values: `hub.run(id)`
 * costs next to nothing, and two runs of one hub with the same id are the same run.
 *
 * @typeParam Events the messages, checked by TypeScript only. Share it with the client.
 */
export class Run<Events = AnyEvents> {
  static {
    readEngine = (run) => run.#engine;
  }

  readonly #engine: Engine;

  /** @internal Use `hub.run(id)`. */
  constructor(
    engine: Engine,
    readonly id: string,
  ) {
    this.#engine = engine;
    // A backplane without runs is found here, and not when a client comes.
    engine.runStore;
  }

  /**
   * Starts the run, or joins one that is under way. The promise resolves when the backplane has
   * confirmed that this process is the only producer, and not when the run has ended.
   *
   * The run ends as `completed` when `produce` has given everything, as `failed` when it throws, as
   * `stopped` after `stop()`, and as `lost` when its process dies. Everything that it yields in one
   * turn of the event loop is one write, and it is asked for more while a write is under way.
   * Nothing that it throws ends the process, except what a listener of its signal throws, which is
   * an uncaught exception, as Node has it for every `AbortSignal`.
   *
   * @throws TypeError at once for a producer or an option that does not fit.
   * @throws PushwireError the promise rejects with `run-running` for `whenRunning: 'refuse'`, with
   * `hub-closed`, with `hub-full` for more than `limits.runs`, and with `backplane-unavailable` or
   * `backplane-unconfirmed`.
   * @example
   * ```ts
   * import { createHub, RunError } from '@pushwire/core';
   *
   * declare function model(prompt: string, signal: AbortSignal): AsyncIterable<string>;
   * const run = createHub().run('chat:1');
   * const { started, done } = await run.start(({ signal }) => model('Why?', signal), { key: 'message:7' });
   * if (started) console.log((await done).status);
   * ```
   */
  start(produce: Produce<Events>, options?: StartOptions): Promise<RunStart> {
    const wanted = aFunction(produce);
    if (wanted) throw misuse('start', `${wanted} that produces the run`, produce);
    const settings = startSettings(options);
    return this.#optional('start()', this.#engine.runs.start(this.id, produce as Produce, settings));
  }

  /**
   * Asks the run to stop, in whatever process its producer is. The producer's signal fires, its
   * `finally` blocks run, and the run ends as `stopped`. A producer that does not finish within
   * 5000 ms is ended without it.
   *
   * A stop that comes before the start is remembered for 60000 ms, and stops the start when it
   * comes: where nothing is known of the run, or where `key` names another start than the newest.
   * While the backplane cannot be reached, a run of this process is stopped all the same. Where
   * this process has only called `start()`, the promise waits for it, and rejects if no run begins.
   *
   * @param reason a text of at most 1000 characters that the producer and the readers get.
   * @returns true if the run was under way, or will be stopped when it begins. False if it had
   * ended.
   * @throws TypeError at once for a reason or an option that does not fit.
   * @throws PushwireError the promise rejects with `hub-closed`, `backplane-unavailable` or
   * `backplane-unconfirmed`.
   * @example
   * ```ts
   * import { createHub } from '@pushwire/core';
   *
   * const stopped = await createHub().run('chat:1').stop('by the user');
   * console.log(stopped ? 'it stops' : 'it had ended');
   * ```
   */
  stop(reason = '', options?: StopOptions): Promise<boolean> {
    const wanted = aReason(reason);
    if (wanted) throw misuse('stop reason', wanted, reason);
    const { key } = checkStopOptions(options);
    return this.#whileOpen('stop()', () => this.#engine.runs.stop(this.id, reason, key));
  }

  /**
   * Returns the state of the newest start. A run whose producer has died counts as `lost` when its
   * lease is over.
   *
   * @throws PushwireError the promise rejects with `hub-closed`, `backplane-unavailable` or
   * `backplane-unconfirmed`.
   * @example
   * ```ts
   * import { createHub } from '@pushwire/core';
   *
   * const { status, code } = await createHub().run('chat:1').state();
   * if (status === 'failed') console.log(code);
   * ```
   */
  state(): Promise<RunState> {
    return this.#whileOpen('state()', () => this.#engine.runs.state(this.id));
  }

  /**
   * Reads the run in this process, from its very start: `for await (const message of run.read())`.
   * Each message has its `id`, `event` and `data`. A loop that starts from a cursor of another run
   * gets an item with `gap`, and then the newest run from its start.
   *
   * The loop ends when the run has completed or was stopped. It throws if anything else ends it, so
   * a function with a loop that nothing awaits needs a `catch`.
   *
   * @param cursor an id of a message, after which to read. Defaults to the very start.
   * @throws TypeError at once for a cursor or an option that does not fit.
   * @throws PushwireError the loop throws `run-failed` or `run-lost` after the last message,
   * `run-unknown` where there is no run, and what loops of `channel.read()` throw.
   * @example
   * ```ts
   * import { createHub } from '@pushwire/core';
   *
   * let text = '';
   * for await (const { data } of createHub().run('chat:1').read()) text += data;
   * ```
   */
  read(cursor?: string, options?: RunReadOptions): AsyncIterable<ReadItem<Events>> {
    const settings = runReadSettings(cursor, options);
    const rules = runRules(this.id);
    const iterate = () => new Reader(this.#engine, runLogName(this.id), settings, rules);
    return { [Symbol.asyncIterator]: iterate as () => AsyncIterator<ReadItem<Events>, undefined> };
  }

  #whileOpen<T>(call: string, act: () => Promise<T>): Promise<T> {
    const whileOpen = async () => {
      this.#engine.backplane;
      return act();
    };
    return this.#optional(call, whileOpen());
  }

  #optional<T>(call: string, promise: Promise<T>): Promise<T> {
    return this.#engine.unawaited.optional(call, promise);
  }
}

/** The engine of the hub that a run belongs to. */
export function engineOfRun(run: AnyRun): Engine {
  return readEngine(run);
}
