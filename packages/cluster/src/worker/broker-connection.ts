import { connect } from 'node:net';
import { type ConnectionEvents, PushwireError, type Reconnectable } from '@pushwire/core/backplanes';
import { type CallName, type Given, protocolVersion, type Returned } from '../protocol/calls';
import { errorOf } from '../protocol/failure';
import type { FromBroker, LogNews } from '../protocol/news';
import { type FrameListener, FrameSocket } from '../socket/frame-socket';

/** Receives the messages of a broker that are no replies. */
export interface BrokerListener {
  news(news: LogNews): void;
  /** A producer of this process is to stop. */
  stop(owner: string, reason: string): void;
  /** Counts the connections of this process to a channel. */
  connectionsTo(channel: string): number;
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** One connection to the broker. */
export class BrokerConnection implements Reconnectable, FrameListener {
  readonly #socket: FrameSocket;
  readonly #pending = new Map<number, Pending>();
  #calls = 0;
  #isClosed = false;

  /** @param process names the backplane of this process, on all of its connections. */
  constructor(
    path: string,
    process: string,
    readonly events: ConnectionEvents,
    readonly listener: BrokerListener,
  ) {
    this.#socket = new FrameSocket(connect({ path }), this);
    this.call('hello', { version: protocolVersion, process }).then(
      () => {
        this.#socket.trust();
        events.up();
      },
      (error) => this.#socket.destroy(error),
    );
  }

  /** Calls the broker. Each call is sent once. */
  call<Name extends CallName>(name: Name, given: Given<Name>): Promise<Returned<Name>> {
    if (this.#isClosed) return Promise.reject(lost());
    const call = ++this.#calls;
    const reply = new Promise<unknown>((resolve, reject) => this.#pending.set(call, { resolve, reject }));
    this.#socket.send({ call, name, given });
    return reply as Promise<Returned<Name>>;
  }

  ping(): Promise<void> {
    return this.call('ping', {});
  }

  destroy(): void {
    this.#socket.destroy();
    this.#fail();
  }

  receive(message: object): void {
    const sent = message as FromBroker;
    if ('reply' in sent) {
      const pending = this.#pending.get(sent.reply);
      this.#pending.delete(sent.reply);
      if (sent.failure) pending?.reject(errorOf(sent.failure));
      else pending?.resolve(sent.value);
    } else if (this.#isClosed) return;
    else if ('log' in sent) this.listener.news(sent);
    else if ('stop' in sent) this.listener.stop(sent.stop, sent.reason);
    else {
      const connections = this.listener.connectionsTo(sent.connectionsTo);
      this.#socket.send({ answer: sent.question, connections });
    }
  }

  drained(): void {}

  closed(error: unknown = new Error('The broker has closed the connection')): void {
    this.#fail(error);
    this.events.down(error);
  }

  #fail(cause?: unknown): void {
    this.#isClosed = true;
    for (const { reject } of this.#pending.values()) reject(lost(cause));
    this.#pending.clear();
  }
}

function lost(cause?: unknown): PushwireError {
  const options = cause === undefined ? {} : { cause };
  const sentence = 'The connection to the broker was lost before it replied.';
  return new PushwireError('backplane-unconfirmed', sentence, options);
}
