import { Agent } from 'node:http';
import type { Heard } from '../../kit/readers';
import { connections, type Listener } from '../connections';
import type { RunNode } from './node-process';
import { type Ending, RunReader } from './reader';
import type { Text } from './words';

/** Codes of a connection that the network broke, and the status of a node that cannot serve now. */
const passing: readonly string[] = ['ECONNRESET', 'EPIPE', 'ECONNREFUSED', 'ABORT_ERR', '503'];

/** Most read by `sse(run)`, the others by `push(run)`. */
const transports = ['sse', 'sse', 'sse', 'sse', 'ndjson', 'websocket'] as const;

interface End {
  readonly cursor?: string;
  readonly outcome?: Ending;
  readonly code?: string;
  readonly reason?: string;
}

/** The longest look at a run after its end, in ms. */
const lookTime = 2000;

/** Reads a run by the protocol. It comes back with the last id that it was given. */
export class HttpReader extends RunReader implements Listener {
  /** The outcome that it got when it asked again after the end. */
  repeated: Ending | undefined;
  repeatedAt = 0;

  protected async connect(node: RunNode, signal: AbortSignal): Promise<void> {
    const { cursor } = this;
    const isOver = await this.#ask(node, cursor, signal, this);
    if (!isOver || this.ended !== undefined) return;
    const [, offset = ''] = cursor?.split('.') ?? [];
    if (Number(offset) > 0) this.failure ??= `after ${cursor}, it was not told how the run has ended`;
    this.finish('unknown');
  }

  frame({ id, event, data }: Heard): void {
    if (this.ended !== undefined) {
      this.failure ??= `${event ?? id} came after the end`;
      return;
    }
    if (event === 'pushwire:end') {
      const { cursor, outcome, code, reason } = data as End;
      Object.assign(this, { endCursor: cursor, code, reason });
      this.finish(outcome ?? 'unknown');
      return;
    }
    if (event === 'pushwire:gap') this.seen.push({ gap: (data as { reason: string }).reason });
    else if (event === undefined) this.seen.push({ id, data: data as Text });
    else if (event !== 'pushwire:open' && event !== 'pushwire:heartbeat' && event !== 'pushwire:retry')
      this.failure ??= `an unknown event: ${event}`;
    if (id) this.cursor = id;
  }

  stands(): void {
    // Only polls call it.
  }

  /** Comes back with the cursor of the end, and with that of the last message. */
  protected override async lookBack(): Promise<void> {
    const { endCursor, cursor } = this;
    // The cursor `end` is that of no run.
    if (!endCursor?.includes('.')) return;
    const heard = (await this.#look(endCursor)) ?? [];
    // On a WebSocket, there is no status 204: an end without an outcome takes its place.
    const isNothing = ({ event, data }: Heard) =>
      event === 'pushwire:end' ? !(data as End).outcome : event === 'pushwire:open' || event === 'pushwire:retry';
    const late = heard.find((frame) => !isNothing(frame));
    if (late) this.failure ??= `after the end ${endCursor}, it has got ${JSON.stringify(late)}`;
    if (cursor === undefined) return;
    const [again] = ((await this.#look(cursor)) ?? []).filter(({ event }) => event !== 'pushwire:open');
    this.repeatedAt = Date.now();
    if (again?.event === 'pushwire:end') this.repeated = (again.data as End).outcome;
  }

  /** What one connection brings, or nothing if it breaks. */
  async #look(cursor: string): Promise<readonly Heard[] | undefined> {
    const up = this.nodes.filter(({ isUp }) => isUp);
    if (up.length === 0 || this.isStopped) return undefined;
    const heard: Heard[] = [];
    const listener = { frame: (frame: Heard) => heard.push(frame), stands() {} };
    await this.#ask(this.random.pick(up), cursor, AbortSignal.timeout(lookTime), listener);
    return heard;
  }

  /** @returns true when there is nothing more to come. */
  async #ask(node: RunNode, cursor: string | undefined, signal: AbortSignal, listener: Listener): Promise<boolean> {
    const transport = this.random.pick(transports);
    const route = transport === 'sse' ? 'sse' : 'push';
    const url = `http://127.0.0.1:${node.clients.port}/${route}/${this.id}`;
    const connect = connections[transport] as (typeof connections)[string];
    const agent = new Agent();
    try {
      return await connect({ url, cursor, client: this.name, agent, wait: 0, signal }, listener);
    } catch (error) {
      const { code = '', name } = error as { code?: string; name: string };
      if (passing.includes(code) || name === 'TimeoutError' || name === 'AbortError') return false;
      throw error;
    } finally {
      agent.destroy();
    }
  }
}
