import type { Server } from 'node:http';
import { type AddressInfo, isIPv6 } from 'node:net';
import { misuse } from '../checks/errors';

/** A request of supertest, not yet sent: `request(app).get('/news')`. */
export interface TestRequest {
  readonly method: string;
  readonly url: string;
}

/** A supertest request, or the URL of a server that listens. */
export type ListenTarget = TestRequest | string | URL;

/** The parts of a supertest request that its types leave out. */
interface SupertestRequest extends TestRequest {
  readonly app?: Server | string;
  readonly header?: Readonly<Record<string, string>>;
  readonly cookies?: string;
  readonly qs?: Readonly<Record<string, unknown>>;
  readonly _query?: readonly string[];
  readonly _data?: unknown;
  readonly _server?: Server;
  readonly _asserts?: readonly unknown[];
}

/** A request to make, and its server. */
export interface Target {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Closes the server, if the test did not start it itself. */
  release(): Promise<void>;
}

/** Servers that listen for the sake of this many targets. */
const held = new WeakMap<Server, { count: number; readonly listening: Promise<void> }>();

/**
 * Reads a supertest request or a URL, and has the server of the request listen.
 *
 * @throws TypeError for anything else, or a request with `.expect()`, which would not be checked.
 */
export async function openTarget(target: ListenTarget): Promise<Target> {
  if (typeof target === 'string' || target instanceof URL) {
    return { method: 'GET', url: new URL(target), headers: {}, body: undefined, release: async () => {} };
  }
  const { app, method, header, cookies, qs, _query = [], _data } = target as SupertestRequest;
  const server = typeof app === 'object' ? app : undefined;
  const release = server ? await hold(server, target as SupertestRequest) : async () => {};
  const url = new URL(target.url, 'http://127.0.0.1');
  if (server) url.host = hostOf(server.address() as AddressInfo);
  for (const part of _query)
    for (const [name, value] of new URLSearchParams(part)) url.searchParams.append(name, value);
  for (const [name, value] of Object.entries({ ...qs })) url.searchParams.set(name, String(value));
  const body = _data === undefined || typeof _data === 'string' ? _data : JSON.stringify(_data);
  return { method, url, headers: { ...header, ...(cookies && { Cookie: cookies }) }, body, release };
}

/** Checks what can be checked before the server listens. */
export function checkTarget(caller: string, target: ListenTarget): void {
  const isRequest = typeof target === 'object' && target !== null && 'method' in target && 'url' in target;
  if (typeof target !== 'string' && !(target instanceof URL) && !isRequest) {
    throw misuse(`${caller} request`, 'a request of supertest or a URL', target);
  }
  if (((target as SupertestRequest)._asserts?.length ?? 0) > 0) {
    throw new TypeError(`${caller} request: expected one without .expect(), which is not checked here; see its status`);
  }
}

async function hold(server: Server, { _server }: SupertestRequest): Promise<() => Promise<void>> {
  let state = held.get(server);
  if (state === undefined) {
    // Earlier versions of supertest have started it already.
    if (server.listening && _server !== server) return async () => {};
    const listening = server.listening || server.address() ? Promise.resolve() : listen(server);
    state = { count: 0, listening };
    held.set(server, state);
  }
  const { listening } = state;
  state.count++;
  await listening;
  return async () => {
    if (--state.count > 0) return;
    held.delete(server);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
}

const listen = (server: Server) =>
  new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve());
  });

/** A server that listens on all addresses is asked on the loopback. */
function hostOf({ address, port }: AddressInfo): string {
  if (address === '::' || address === '0.0.0.0') return `127.0.0.1:${port}`;
  return `${isIPv6(address) ? `[${address}]` : address}:${port}`;
}
