import type { Transport, TransportListener } from '../transports/transport.js';

/** A transport connection that has not ended. */
interface Live {
  readonly name: string;
  readonly listener: TransportListener;
  canSend: boolean;
}

/** Stands between a connection and its transports. */
export class Witness {
  readonly #live = new Set<Live>();
  #forgotten: string | undefined;
  /** True from a restart until the next attempt, which must not wait. */
  isRestarting = false;

  /** @param onAnswer gets the data of answers, which are for nobody else. */
  constructor(readonly onAnswer: (data: unknown) => void) {}

  /** Makes a transport that passes on everything but answers. */
  readonly wrap = (transport: Transport): Transport => ({
    name: transport.name,
    open: (request, listener) => {
      this.isRestarting = false;
      const forgets = request.cursor !== undefined && request.cursor === this.#forgotten;
      const live: Live = { name: transport.name, listener, canSend: false };
      const end = () => this.#live.delete(live);
      this.#live.add(live);
      try {
        const connection = transport.open(forgets ? { ...request, cursor: undefined } : request, {
          onFrame: (frame) => {
            if (frame?.event === 'pushwire:answer') {
              this.onAnswer(frame.data);
              listener.onFrame();
            } else if (forgets && frame?.event === 'pushwire:open') {
              // The cursor is not missing by accident.
              listener.onFrame({ ...frame, data: { ...(frame.data as object), from: request.cursor } });
            } else listener.onFrame(frame);
          },
          onClose: (error) => {
            end();
            listener.onClose(error);
          },
        });
        live.canSend = connection.send !== undefined;
        return {
          close() {
            end();
            connection.close();
          },
          ...(connection.send && { send: (data) => connection.send?.(data) }),
        };
      } catch (error) {
        end();
        throw error;
      }
    },
  });

  /** True if a connection of this transport goes both ways. */
  canSend(name: string): boolean {
    return [...this.#live].some((live) => live.name === name && live.canSend);
  }

  /**
   * Lets the client connect again at once, as if the server had asked for that.
   *
   * @param forgotten a cursor that the next attempt leaves out.
   */
  restart(forgotten?: string): void {
    this.#forgotten = forgotten;
    this.isRestarting = true;
    for (const { listener } of this.#live) listener.onFrame({ event: 'pushwire:retry', data: { retry: 0 } });
  }
}
