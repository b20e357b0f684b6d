import { createHub, message, sse } from '@pushwire/express';
import express from 'express';

const app = express();
const hub = createHub();

/** Stands for a language model. It stops when `signal` fires. */
async function* tokensOf(prompt: string, signal: AbortSignal): AsyncGenerator<string> {
  for (const word of prompt.split(' ')) {
    if (signal.aborted) return;
    yield word;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

// #region stream
app.post(
  '/chat',
  express.json(),
  sse(
    async function* (request, { signal }) {
      for await (const token of tokensOf(request.body.prompt, signal)) yield message(token, { event: 'token' });
      yield message({ finished: true }, { event: 'summary' });
    },
    { hub }, // whose limits and close() apply to the stream
  ),
);
// #endregion

// #region resumable
// Ids of your own make a generator resumable: it gets the last id back, and continues after it.
app.get(
  '/count',
  sse(
    async function* (_request, { signal, lastEventId }) {
      for (let n = Number(lastEventId ?? 0) + 1; n <= 100 && !signal.aborted; n++) {
        yield message(n, { id: String(n) });
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    { hub },
  ),
);
// #endregion

const server = app.listen(process.env.PORT ?? 3000);
process.on('SIGTERM', async () => {
  server.close();
  await hub.close();
});
