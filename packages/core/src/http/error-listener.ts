import { isPromise } from '../checks/errors';
import type { Observer } from '../delivery/observer';

/** Receives an error that was thrown after the answer had begun, and the request it belongs to. */
export type ErrorListener<Request> = (error: unknown, request: Request) => void;

/**
 * Makes a listener that never throws of the app's, or its framework's. Without one, errors go to
 * the hub's logger, as do errors that the listener throws.
 */
export function errorListener<Request>(
  listener: ErrorListener<Request> | undefined,
  observer: Observer,
): ErrorListener<Request> {
  if (listener === undefined) return (error) => observer.failed(error, 'a function given to a route threw');
  const failed = (error: unknown) => observer.failed(error, 'the `onError` option threw');
  return (error, request) => {
    try {
      const result: unknown = listener(error, request);
      if (isPromise(result)) result.then(undefined, failed);
    } catch (thrown) {
      failed(thrown);
    }
  };
}
