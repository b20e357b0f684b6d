import { parseArgs } from 'node:util';

/** The settings on the command line and in the environment. */
export interface Settings {
  readonly framework: 'express' | 'koa';
  /** The port to listen on; 0 for any free one. */
  readonly port: number;
  /** The URL of the Redis that this process shares with others. */
  readonly redis?: string;
  /** The name of this process among them. */
  readonly name?: string;
}

/** A wrong command line or environment. The message is one line for the user. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const usage = 'Usage: [PORT=3000] npm start [-- --framework express|koa --redis redis://HOST:PORT --name NAME]';

/** @throws {UsageError} for anything it does not know. */
export function readSettings(words: readonly string[], environment: NodeJS.ProcessEnv): Settings {
  const { framework = 'express', redis, name } = readWords(words);
  if (framework !== 'express' && framework !== 'koa') {
    throw new UsageError(`The framework is express or koa, not ${JSON.stringify(framework)}. ${usage}`);
  }
  return {
    framework,
    port: readPort(environment.PORT || '3000'),
    ...(redis !== undefined && { redis: readRedis(redis) }),
    ...(name !== undefined && { name: readName(name) }),
  };
}

/** @throws {UsageError} unless it is a port. 0 stands for any free one. */
export function readPort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new UsageError(`PORT is a number from 0 (any free port) to 65535, not ${JSON.stringify(text)}.`);
}

function readWords(words: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({ args: [...words], options: { framework: text, redis: text, name: text } }).values;
  } catch (cause) {
    const [sentence] = (cause as Error).message.split(/\.?\s*(?:To specify|This command|\n|$)/);
    throw new UsageError(`${sentence}. ${usage}`, { cause });
  }
}

function readRedis(text: string): string {
  if (/^rediss?:$/.test(URL.canParse(text) ? new URL(text).protocol : '')) return text;
  throw new UsageError(`Redis needs a URL like redis://localhost:6379, not ${JSON.stringify(text)}. ${usage}`);
}

function readName(text: string): string {
  if (/^[\w.-]{1,32}$/.test(text)) return text;
  throw new UsageError(`A name has 1 to 32 letters, digits, "_", "." and "-", not ${JSON.stringify(text)}. ${usage}`);
}
