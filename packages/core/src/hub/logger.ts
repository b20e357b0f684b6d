/** The app's own logger, as pino and bunyan have it: fields first, then a sentence. `console` fits too. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
