import type { Observer } from '../delivery/observer';

/** Receives an error that was thrown after the answer had begun, and the request it belongs to. */
export type ErrorListener<Request> = (error: unknown, request: Request) => void;

/** The listener of the app or its framework. Without one, errors go to the hub's logger. */
export function errorListener<Request>(
  listener: ErrorListener<Request> | undefined,
  observer: Observer,
): ErrorListener<Request> {
  return listener ?? ((error) => observer.failed(error, 'a function given to a route threw'));
}

/** Calls an error listener. If the listener throws, that error is only printed. */
export function reportError<Request>(onError: ErrorListener<Request>, error: unknown, request: Request): void {
  try {
    onError(error, request);
  } catch (thrown) {
    console.error(thrown);
  }
}
