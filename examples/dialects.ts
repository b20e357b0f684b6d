import { aiSdkUiMessages, type Dialect, openAiChat, openAiResponses } from '@pushwire/core/dialects';
import { createHub, type Hub, openStream, sse } from '@pushwire/express';
import express, { type Request } from 'express';

/** A model that yields chunks, such as `{ data: { type: 'text-delta', id, delta } }`. */
declare function answer(messages: unknown[], signal: AbortSignal): AsyncIterable<{ data: object }>;

const hub: Hub = createHub();
const app = express().use(express.json());

// #region ai-sdk
// `useChat({ resume: true })` POSTs a message, and asks with GET for an answer that is under way.
app.post(
  '/api/chat',
  sse(
    async ({ body: { id, messages, trigger } }: Request) => {
      const run = hub.run(`chat:${id}`);
      // A message that is sent twice is answered once. To regenerate is to answer it again.
      const key = trigger === 'regenerate-message' ? undefined : messages.at(-1).id;
      await run.start(({ signal }) => answer(messages, signal), { key, whenRunning: 'replace' });
      return run;
    },
    { dialect: aiSdkUiMessages() },
  ),
);
app.get(
  '/api/chat/:id/stream',
  sse((request: Request) => hub.run(`chat:${request.params.id}`), {
    dialect: aiSdkUiMessages({ whenEnded: 'no-content' }),
  }),
);
app.delete('/api/chat/:id', async (request, response) => {
  response.json({ stopped: await hub.run(`chat:${request.params.id}`).stop() });
});
// #endregion

// #region open-ai
app.post(
  '/v1/chat/completions',
  sse((request: Request, { signal }) => answer(request.body.messages, signal), { dialect: openAiChat(), hub }),
);
// #endregion

// #region responses
// `client.responses.retrieve(id, { stream: true, starting_after })` resumes by a number.
app.get(
  '/v1/responses/:id',
  sse((request: Request) => hub.run(`response:${request.params.id}`), {
    dialect: openAiResponses(),
    unknownRun: 404,
  }),
);
// #endregion

// #region by-hand
const byHand = { transport: 'sse', dialect: openAiChat(), hub } as const;
app.post('/by-hand/chat/completions', async (request, response) => {
  const stream = await openStream(request, response, byHand);
  try {
    for await (const { data } of answer(request.body.messages, stream.signal)) {
      if (!stream.send(data)) await stream.ready();
    }
    stream.end();
  } catch {
    stream.close('failed');
  }
});
// #endregion

// #region own
const lines: Dialect = {
  name: 'lines',
  contentType: 'text/plain; charset=utf-8',
  heartbeat: '\n',
  message: ({ text, offset }) => `${offset} ${text}\n`,
  end: () => 'done\n',
  error: ({ code }) => (code === 'run-lost' ? undefined : `failed: ${code}\n`),
};
app.get(
  '/builds/:id',
  sse((request: Request) => hub.run(`build:${request.params.id}`), { dialect: lines }),
);
// #endregion

app.listen(3000);
