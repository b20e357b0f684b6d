import { createServer } from 'node:http';
import express, { type Response } from 'express';
import { createResumableStreamContext } from 'resumable-stream/redis';
import { type FanOutServer, streamHeaders } from './server';
import { TokenQueue, tokenOf } from './token-queue';

const name = 'bench';

/** The first reader of an answer reads it in the process, and the others over Redis. */
export async function create(port: string): Promise<FanOutServer> {
  process.env.REDIS_URL = `redis://127.0.0.1:${port}`;
  const context = createResumableStreamContext({ waitUntil: null });
  const tokens = new TokenQueue();
  let first = await context.createNewResumableStream(name, () => ReadableStream.from(blocksOf(tokens)));

  let started = 0;
  const app = express();
  app.get('/', async (_request, response) => {
    const stream = first ?? (await context.resumeExistingStream(name));
    first = null;
    await pipe(stream, response);
  });
  app.get('/start', async (_request, response) => {
    const sequence = ++started;
    const answer = () => ReadableStream.from(blocksOf([tokenOf({ sequence })]));
    await pipe(await context.createNewResumableStream(`short-${sequence}`, answer), response);
  });
  return { server: createServer(app), publish: (event) => tokens.push(tokenOf(event)) };
}

async function* blocksOf(tokens: AsyncIterable<string> | Iterable<string>): AsyncGenerator<string> {
  for await (const token of tokens) yield `data: ${token}\n\n`;
}

async function pipe(stream: ReadableStream<string> | null | undefined, response: Response): Promise<void> {
  response.writeHead(200, streamHeaders);
  response.flushHeaders();
  const left = new AbortController();
  response.on('close', () => left.abort());
  const reader = stream?.getReader();
  left.signal.addEventListener('abort', () => reader?.cancel().catch(() => {}));
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true };
    if (done) break;
    response.write(value);
  }
  response.end();
}
