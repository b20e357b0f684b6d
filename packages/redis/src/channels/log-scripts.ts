import type { Budget, Commands } from '../connection/commands';
import { type ChannelKeys, keysOf } from '../scripts/keys';
import type { Script } from '../scripts/script';
import { commonArguments } from '../scripts/state';
import { Epochs } from './epochs';
import type { ReadFrom } from './fresh-page';
import type { LogPage } from './log-page';
import { SlotMoves } from './slot-moves';

/** The parts of the backplane that scripts on logs use. */
export interface LogScriptsHost {
  readonly commands: Commands;
  readonly prefix: string;
  readonly durable: boolean;
  /** True on a cluster with sharded Pub/Sub. */
  readonly isSharded: boolean;
}

/** Runs scripts on logs, which may move between the servers of a cluster. */
export class LogScripts {
  readonly #host: LogScriptsHost;
  readonly #epochs = new Epochs();
  readonly #moves: SlotMoves;

  constructor(host: LogScriptsHost) {
    this.#host = host;
    this.#moves = new SlotMoves(host.commands);
  }

  /** True where {@link announce} may be needed. */
  get isSharded(): boolean {
    return this.#host.isSharded;
  }

  /**
   * @param memory milliseconds to keep the log after its last use, or 0 to keep it forever.
   * @param size the bytes of the messages in the arguments.
   * @throws {PushwireError} as `Commands.run` does.
   */
  async run(
    script: Script,
    channel: string,
    memory: number,
    args: readonly string[],
    budget: Budget,
    size = 0,
  ): Promise<unknown> {
    const { commands, durable, isSharded } = this.#host;
    const { log, pubsub } = this.keysOf(channel);
    const attempt = (movedFrom: string) => {
      const common = commonArguments({
        life: durable ? '-' : commands.life,
        nextEpoch: this.#epochs.next(),
        memory,
        publishCommand: isSharded ? 'SPUBLISH' : 'PUBLISH',
        pubsub,
        movedFrom,
      });
      return commands.run(script, log, [...common, ...args], budget, size);
    };
    const reply = await attempt(commands.canMove ? '?' : '');
    if (!Array.isArray(reply) || reply[0] !== 'moved') return reply;
    const [, from, to] = reply as [string, string, string];
    return attempt((await this.#moves.hasMoved(log, from, to)) ? from : '');
  }

  /** Adds to a page whether its log has moved from the server of its reader, without a loss. */
  async withMove(channel: string, from: ReadFrom | undefined, page: LogPage): Promise<LogPage> {
    const { quiet } = from ?? {};
    if (quiet === undefined || quiet.life === page.quiet.life) return page;
    return { ...page, hasMoved: await this.#moves.hasMoved(this.keysOf(channel).log, quiet.life, page.quiet.life) };
  }

  /**
   * Publishes a text once more where the slot of a channel is now. While a slot moves, its log may
   * be where nobody can subscribe yet, and a script has published where nobody has heard it.
   */
  async announce(channel: string, text: string): Promise<void> {
    await this.#host.commands.announce(this.keysOf(channel).pubsub, text);
  }

  keysOf(channel: string): ChannelKeys {
    return keysOf(this.#host.prefix, channel);
  }
}
