import type { ConnectOptions } from '../../src/index';

/** Something that a server answers: a response, or what a test does with the request. */
export type Answer = (url: URL, init: RequestInit) => Response | Promise<Response>;

/** A `fetch` that answers as a test says, and keeps what it was asked. */
export function fakeFetch(answer: Answer) {
  const requests: { readonly url: URL; readonly init: RequestInit }[] = [];
  const fetch: NonNullable<ConnectOptions['fetch']> = async (text, init) => {
    const url = new URL(text);
    requests.push({ url, init });
    return answer(url, init);
  };
  return { fetch, requests };
}

export const json = (body: unknown, init?: ResponseInit): Response =>
  new Response(JSON.stringify(body), { headers: { 'content-type': 'application/json; charset=utf-8' }, ...init });

/** A stream of these frames, which stays open until the client cancels it. */
export function eventStream(...frames: readonly { readonly id?: string | undefined }[]): Response {
  const text = frames.map(({ id, ...frame }) => `${id ? `id: ${id}\n` : ''}data: ${JSON.stringify(frame)}\n\n`);
  const body = new ReadableStream({ start: (stream) => stream.enqueue(new TextEncoder().encode(text.join(''))) });
  return new Response(body, { headers: { 'content-type': 'text/event-stream; charset=utf-8' } });
}

/** Makes a WebSocket class whose server a test plays. */
export function fakeWebSockets() {
  const sockets: FakeWebSocket[] = [];
  class FakeWebSocket {
    readyState = 0;
    readonly sent: unknown[] = [];
    isClosed = false;
    onmessage: ((event: { data: string }) => void) | undefined;
    onclose: ((event: { code: number }) => void) | undefined;

    constructor(
      readonly url: string,
      readonly protocol: string,
    ) {
      sockets.push(this);
    }
    send(data: unknown): void {
      this.sent.push(data);
    }
    close(): void {
      this.isClosed = true;
      this.readyState = 2;
    }
    /** The server sends a frame. */
    receive(frame: object): void {
      this.readyState = 1;
      this.onmessage?.({ data: JSON.stringify(frame) });
    }
    /** The connection ends. */
    end(code: number): void {
      this.readyState = 3;
      this.onclose?.({ code });
    }
  }
  return { WebSocket: FakeWebSocket, sockets, last: () => sockets.at(-1) as FakeWebSocket };
}
