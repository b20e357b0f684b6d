declare module 'sse-channel' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  /** As much of it as the bench needs; the package brings no types. */
  class SseChannel {
    constructor(options?: { jsonEncode?: boolean; historySize?: number });
    addClient(request: IncomingMessage, response: ServerResponse): void;
    send(message: { id?: number; data: unknown }): void;
  }
  export = SseChannel;
}
