import type { Hub } from '../hub/hub';

/** What hears of errors after the answer has begun. */
export type LogError<Request> = (error: unknown, request: Request) => void;

/** Who hears of a route's errors: what the app or the framework gave for that, or the hub's logger. */
export function errorListener<Request>(given: LogError<Request> | undefined, hub: Hub): LogError<Request> {
  return given ?? ((error) => hub.telemetry.failed(error, 'what a route was given threw'));
}

/** An `onError` that throws itself harms nobody else. */
export function tell<Request>(onError: LogError<Request>, error: unknown, request: Request): void {
  try {
    onError(error, request);
  } catch (thrown) {
    console.error(thrown);
  }
}
