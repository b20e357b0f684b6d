import { request as requestHttp } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';

/** A request that its client takes back before it is answered. */
export function unanswered(url: string, http2: boolean): { leave(): void; reset(): void } {
  if (!http2) {
    const request = requestHttp(url, { agent: false }).on('error', () => {});
    request.end();
    return { leave: () => request.destroy(), reset: () => request.socket?.resetAndDestroy() };
  }
  const session = connectHttp2(url).on('error', () => {});
  session.request({ ':path': new URL(url).pathname }).on('error', () => {});
  return { leave: () => session.destroy(), reset: () => session.destroy() };
}
