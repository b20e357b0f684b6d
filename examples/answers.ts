import { createHub, push } from '@pushwire/express';
import express from 'express';

const app = express();
const hub = createHub();

/** Stands for a language model. */
async function* tokensOf(prompt: string, signal: AbortSignal): AsyncGenerator<string> {
  for (const word of prompt.split(' ')) {
    signal.throwIfAborted();
    yield `${word} `;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

// #region answers
app.post('/answers/:id', express.text({ type: '*/*' }), async (request, response) => {
  const run = hub.run(`answer:${request.params.id}`);
  await run.start(({ signal }) => tokensOf(request.body, signal), { key: run.id }); // once for each id
  response.status(202).end();
});
app.get(
  '/answers/:id',
  push((request) => hub.run(`answer:${request.params.id}`)), // from its start, for each reader
);
app.delete('/answers/:id', async (request, response) => {
  response.json({ stopped: await hub.run(`answer:${request.params.id}`).stop() });
});
// #endregion

app.listen(process.env.PORT ?? 3000);
