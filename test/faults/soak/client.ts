import { Agent } from 'node:http';
import { WebSocket } from 'ws';
import type { AnnouncedGap } from '../../kit/history';
import { NumberReader, numberOf } from '../../kit/numbered';
import { openRaw } from '../../kit/raw-client';
import { connections } from '../connections';

export type Kind = 'sse' | 'websocket' | 'long-poll';

/** The settings of a client. */
export interface Coming {
  readonly name: string;
  readonly kind: Kind;
  readonly port: number;
  readonly channel: string;
  readonly localAddress: string;
  /** Called when the server has ended its connection. */
  onGone(): void;
  /** Called when it got a wrong message. */
  onWrong(error: Error): void;
}

/** A client of the soak test. */
export interface Client {
  readonly reader: NumberReader;
  /** Leaves with a FIN or with a reset. */
  leave(how: 'end' | 'reset'): void;
  pause(): void;
  resume(): void;
}

/** Node's error codes for a poll that was aborted or whose network broke. */
const broken = ['ECONNRESET', 'EPIPE', 'ABORT_ERR'];
const pollSeconds = 5;

export const openClient = (coming: Coming): Client => openers[coming.kind](coming);

const openers: Record<Kind, (coming: Coming) => Client> = {
  sse({ port, channel, localAddress, onGone, onWrong }) {
    const reader = new NumberReader();
    const take = (bytes: Buffer) => attempt(() => reader.take(bytes), onWrong);
    const socket = openRaw({ port, path: `/${channel}`, transport: 'sse', localAddress }, take);
    socket.on('error', onGone).on('end', onGone);
    return {
      reader,
      leave: (how) => (how === 'end' ? socket.destroy() : socket.resetAndDestroy()),
      pause: () => socket.pause(),
      resume: () => socket.resume(),
    };
  },

  websocket({ port, channel, localAddress, onGone, onWrong }) {
    const reader = new NumberReader();
    const options = { localAddress, perMessageDeflate: false };
    const socket = new WebSocket(`ws://127.0.0.1:${port}/${channel}`, 'pushwire.v1', options);
    socket.on('message', (data: Buffer) => attempt(() => reader.take(data), onWrong));
    socket.on('error', () => {}).on('close', onGone);
    return {
      reader,
      leave(how) {
        // A paused socket does not see that the other side closes, too.
        socket.resume();
        if (how === 'end') socket.close();
        else socket.terminate();
      },
      pause: () => socket.pause(),
      resume: () => socket.resume(),
    };
  },

  'long-poll': ({ name, port, channel, localAddress, onWrong }) => {
    const reader = new NumberReader();
    const agent = new Agent({ keepAlive: true, maxSockets: 1, localAddress });
    const leaving = new AbortController();
    let cursor: string | undefined;
    const listener = {
      frame({ event, data }: { event?: string; data: unknown }) {
        if (event === undefined) reader.message(numberOf(data as string));
        else if (event === 'pushwire:gap') reader.gap((data as AnnouncedGap).missed ?? 0);
      },
      stands: (place: string) => void (cursor = place),
    };
    const poll = connections['long-poll'] as (typeof connections)[string];
    const run = async () => {
      const url = `http://127.0.0.1:${port}/${channel}`;
      const ask = { url, client: name, agent, signal: leaving.signal, wait: pollSeconds };
      while (!leaving.signal.aborted) await poll({ ...ask, cursor }, listener);
    };
    run()
      .catch((error) => broken.includes(error.code) || onWrong(error))
      .finally(() => agent.destroy());
    return { reader, leave: () => leaving.abort(), pause() {}, resume() {} };
  },
};

function attempt(act: () => void, onWrong: (error: Error) => void): void {
  try {
    act();
  } catch (error) {
    onWrong(error as Error);
  }
}
