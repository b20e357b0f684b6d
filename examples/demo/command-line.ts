import { parseArgs } from 'node:util';

/** What the person who starts the demo asks for. */
export interface Wishes {
  readonly framework: 'express' | 'koa';
  /** 0 for any free one. */
  readonly port: number;
}

/** A command line or environment that cannot be read; the message is one line for that person. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const usage = 'Usage: [PORT=3000] npm start [-- --framework express|koa]';

/** @throws UsageError for what it does not know. */
export function readWishes(words: readonly string[], environment: NodeJS.ProcessEnv): Wishes {
  return { framework: readFramework(words), port: readPort(environment.PORT || '3000') };
}

function readFramework(words: readonly string[]): Wishes['framework'] {
  let framework: string;
  try {
    const options = { framework: { type: 'string', default: 'express' } } as const;
    framework = parseArgs({ args: [...words], options }).values.framework;
  } catch (cause) {
    const [sentence] = (cause as Error).message.split(/\.?\s*(?:To specify|This command|\n|$)/);
    throw new UsageError(`${sentence}. ${usage}`, { cause });
  }
  if (framework === 'express' || framework === 'koa') return framework;
  throw new UsageError(`The framework is express or koa, not ${JSON.stringify(framework)}. ${usage}`);
}

function readPort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new UsageError(`PORT is a number from 0 (any free port) to 65535, not ${JSON.stringify(text)}.`);
}
