declare module 'sse-channel' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  /** The part of it that the bench needs. The package has no types. */
  class SseChannel {
    constructor(options?: { jsonEncode?: boolean; historySize?: number });
    addClient(request: IncomingMessage, response: ServerResponse): void;
    send(message: { id?: number; data: unknown }): void;
  }
  export = SseChannel;
}
