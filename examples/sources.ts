import { createHub, sse } from '@pushwire/express';
import express, { type RequestHandler } from 'express';

const app = express();
const hub = createHub();

declare global {
  namespace Express {
    interface Request {
      user?: { id: string };
    }
  }
}

const auth: RequestHandler = (request, response, next) => {
  const id = request.get('authorization')?.split(' ')[1];
  if (id === undefined) {
    response.status(401).end();
    return;
  }
  request.user = { id };
  next();
};

/** Stands for a language model: gives the words of its prompt back, slowly. */
async function* model(prompt: string, signal: AbortSignal): AsyncGenerator<string> {
  for (const word of prompt.split(' ')) {
    if (signal.aborted) return;
    yield word;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

// #region sources
// A channel, chosen by the request.
app.get(
  '/rooms/:room',
  sse((request) => hub.channel(`room:${request.params.room}`)),
);

// Several channels on one connection, with one cursor.
app.get(
  '/inbox',
  auth,
  sse((request) => [hub.channel('all'), hub.channel(`user:${request.user?.id}`)]),
);

// An async generator: a stream for one client, also by POST. `signal` fires when the client leaves.
app.post(
  '/chat',
  express.json(),
  sse(async function* (request, { signal }) {
    for await (const token of model(request.body.prompt, signal)) yield { data: token };
  }),
);
// #endregion

// #region shutdown
const server = app.listen(process.env.PORT ?? 3000);

process.on('SIGTERM', async () => {
  server.close(); // new clients go to another process
  await hub.close({ within: 5_000 }); // clients are asked one after another, over five seconds, to reconnect
});
// #endregion
