/** What hears of errors after the answer has begun, where the app gave no `onError`. */
export type LogError<Request> = (error: unknown, request: Request) => void;

export const logToConsole = (error: unknown): void => console.error(error);

/** An `onError` that throws itself harms nobody else. */
export function tell<Request>(onError: LogError<Request>, error: unknown, request: Request): void {
  try {
    onError(error, request);
  } catch (thrown) {
    logToConsole(thrown);
  }
}
