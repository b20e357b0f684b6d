import { parseArgs } from 'node:util';

/** What the person who starts the demo asks for. */
export interface Wishes {
  readonly framework: 'express' | 'koa';
  /** 0 for any free one. */
  readonly port: number;
  /** Where the Redis is that joins this process with others. */
  readonly redis?: string;
  /** What this process is called among them. */
  readonly name?: string;
}

/** A command line or environment that cannot be read; the message is one line for that person. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const usage = 'Usage: [PORT=3000] npm start [-- --framework express|koa --redis redis://HOST:PORT --name NAME]';

/** @throws UsageError for what it does not know. */
export function readWishes(words: readonly string[], environment: NodeJS.ProcessEnv): Wishes {
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

/** @throws UsageError unless it is a port; 0 stands for any free one. */
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
  throw new UsageError(`Redis is at a URL like redis://localhost:6379, not ${JSON.stringify(text)}. ${usage}`);
}

function readName(text: string): string {
  if (/^[\w.-]{1,32}$/.test(text)) return text;
  throw new UsageError(`A name is 1 to 32 letters, digits, "_", "." and "-", not ${JSON.stringify(text)}. ${usage}`);
}
