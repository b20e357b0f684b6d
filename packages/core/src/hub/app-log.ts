import { isPromise } from '../checks/errors';
import { callOutsideRequests } from '../time/async-context';

/** A logger that takes fields, then a sentence, like pino and bunyan. `console` fits too. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/**
 * Tells an app what goes wrong, by its logger. An app without one gets errors on the console, and
 * weaknesses as warnings of the process.
 */
export class AppLog {
  /** The kinds of warnings that were given. */
  readonly #warned = new Set<string>();

  constructor(protected readonly logger: Logger | undefined) {}

  failed(error: unknown, message: string): void {
    if (this.logger) this.log('error', { err: error }, message);
    else printError(error);
  }

  /** Tells the app of a weakness of its settings. Each sentence is told once. */
  warn(sentence: string): void {
    if (!this.#isFirst(sentence)) return;
    if (this.logger) this.log('error', {}, sentence);
    else warnProcess(sentence);
  }

  /** Reports `count` calls whose promises rejected, and that nothing awaited. */
  failedUnawaited(call: string, error: unknown, count: number): void {
    const message = `${call} failed, and nothing awaited it`;
    if (this.logger) this.log('error', { err: error, count }, message);
    else if (this.#isFirst('unawaited')) {
      const advice = 'This is shown once. createHub({ logger }) gets all failures.';
      warnProcess(`${message}: ${textOf(error)}\n${advice}`, error instanceof Error ? error.stack : undefined);
    }
  }

  #isFirst(kind: string): boolean {
    const { size } = this.#warned;
    return this.#warned.add(kind).size > size;
  }

  /**
   * Calls the logger, which belongs to no request. An error of the logger itself is printed, so
   * that it does not break a connection.
   */
  protected log(level: keyof Logger, fields: object, message: string): void {
    try {
      const result: unknown = callOutsideRequests(() => this.logger?.[level](fields, message));
      if (isPromise(result)) result.then(undefined, printError);
    } catch (error) {
      printError(error);
    }
  }
}

/** Prints an error on the console. That may throw, since an app may throw anything. */
export function printError(error: unknown): void {
  try {
    console.error(error);
  } catch {
    console.error('An error was thrown that cannot be printed.');
  }
}

function textOf(error: unknown): string {
  try {
    return String(error);
  } catch {
    return 'an error that has no text';
  }
}

/** Gives a warning of the process, which Node prints unless the app handles it. */
export function warnProcess(sentence: string, detail?: string): void {
  process.emitWarning(sentence, { type: 'PushwireWarning', ...(detail !== undefined && { detail }) });
}
