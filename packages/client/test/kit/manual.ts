import { type ConnectOptions, connect, type Transport } from '../../src/index';
import type { TransportListener, TransportRequest } from '../../src/transports/transport';
import { FakeClock } from './fake-clock';

export const url = 'http://www.example.com/news?a=1';
export const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A transport that a test controls. */
export function manual(name = 'manual') {
  const opened: TransportListener[] = [];
  const requests: TransportRequest[] = [];
  const closed: number[] = [];
  const transport: Transport = {
    name,
    open(request, listener) {
      requests.push(request);
      const number = opened.push(listener);
      return { close: () => closed.push(number) };
    },
  };
  const last = () => opened.at(-1) as TransportListener;
  return { transport, opened, requests, closed, last };
}

/** A connection by a transport and a clock that a test controls. */
export function connected(options: ConnectOptions = {}) {
  const own = manual();
  const clock = new FakeClock();
  const connection = connect(url, {
    transports: [own.transport],
    clock,
    random: () => 0.5,
    memory: new Map(),
    ...options,
  });
  return { ...own, clock, connection };
}

/** Runs what is reported as uncaught meanwhile, and returns it. */
export function catchUncaught() {
  const thrown: unknown[] = [];
  const spy = jest.spyOn(globalThis, 'queueMicrotask').mockImplementation((act) => {
    try {
      act();
    } catch (error) {
      thrown.push(error);
    }
  });
  return { thrown, stop: () => spy.mockRestore() };
}
