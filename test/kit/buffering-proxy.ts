import { once } from 'node:events';
import { createServer, request as requestHttp, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An HTTP proxy without upgrades that, as many do, holds each response until it is complete. */
export class BufferingProxy {
  /** True while it holds responses back. */
  buffers = true;

  private constructor(readonly server: Server) {}

  static async start(target: string): Promise<BufferingProxy> {
    const server = createServer((request, response) => {
      const { method, headers, url } = request;
      const asked = requestHttp(target + url, { method, headers, agent: false }, (answer) => {
        const head = () => response.writeHead(answer.statusCode ?? 502, answer.headers);
        if (!proxy.buffers) {
          head();
          answer.pipe(response);
          return;
        }
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => head().end(Buffer.concat(chunks)));
        answer.on('error', () => response.destroy());
      });
      asked.on('error', () => response.destroy());
      response.on('close', () => asked.destroy());
      request.pipe(asked);
    });
    server.on('upgrade', (_request, socket) => socket.destroy());
    const proxy = new BufferingProxy(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
