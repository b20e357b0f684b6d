import { createHub, push, type Run, RunError } from '@pushwire/express';
import express from 'express';

const app = express();
const hub = createHub();

/** Stands for a language model. */
async function* tokensOf(prompt: string, signal: AbortSignal): AsyncGenerator<string> {
  if (prompt.length > 10_000) throw new RunError('prompt-too-long');
  for (const word of prompt.split(' ')) {
    if (signal.aborted) return;
    yield `${word} `;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

// #region chat
// The answer goes on when its request is over. A prompt that is sent twice is answered once.
app.post('/chats/:id/messages', express.json(), async (request, response) => {
  const { key, prompt } = request.body;
  const answer = hub.run(`chat:${request.params.id}`);
  const options = { key, whenRunning: 'refuse' } as const; // another prompt meanwhile gets 409
  const { started } = await answer.start(({ signal }) => tokensOf(prompt, signal), options);
  response.status(202).json({ started });
});

// A page that is reloaded, a second window and a phone read it from its start.
app.get(
  '/chats/:id/answer',
  push((request) => hub.run(`chat:${request.params.id}`)),
);

// The stop reaches the producer in whatever process it is. `useRun` asks for it by DELETE.
app.delete('/chats/:id/answer', async (request, response) => {
  const stopped = await hub.run(`chat:${request.params.id}`).stop('by the user');
  response.json({ stopped });
});
// #endregion

// #region send
async function exportOrders(run: Run, orders: AsyncIterable<object>): Promise<void> {
  await run.start(
    async ({ run, signal }) => {
      let count = 0;
      for await (const order of orders) {
        signal.throwIfAborted();
        await run.send(order, { event: 'order' });
        count++;
      }
      await run.send({ count }, { event: 'summary' });
    },
    { most: { count: 1_000_000, bytes: 256 * 1024 * 1024 }, keep: 3_600_000 },
  );
}
// #endregion

// #region state
async function tell(run: Run): Promise<string> {
  const { status, code, reason } = await run.state();
  if (status === 'failed') return `failed: ${code}`;
  return status === 'stopped' ? `stopped: ${reason ?? 'no reason'}` : status;
}
// #endregion

// #region read
/** The whole text of an answer. It waits for the end, and throws if there is none. */
async function textOf(run: Run): Promise<string> {
  let text = '';
  for await (const { data, gap } of run.read()) {
    if (gap) text = '';
    else text += data;
  }
  return text;
}

// #endregion

export { app, exportOrders, hub, tell, textOf };
