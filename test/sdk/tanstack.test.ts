import type { Hub } from '@pushwire/core';
import { agUi } from '@pushwire/core/dialects';
import type * as TanStack from '@tanstack/ai-client';
import { until } from '../kit/until';
import { Api, type ApiRoute } from './kit/apis';
import { loadEsModule } from './kit/es-module';
import { frameworks } from './kit/frameworks';
import { Script, wholeText, words } from './kit/script';

const events: readonly object[] = [
  { type: 'RUN_STARTED', threadId: 'thread-1', runId: 'run-1' },
  { type: 'TEXT_MESSAGE_START', messageId: 'answer', role: 'assistant' },
  ...words.map((delta) => ({ type: 'TEXT_MESSAGE_CONTENT', messageId: 'answer', delta })),
  { type: 'TEXT_MESSAGE_END', messageId: 'answer' },
  { type: 'RUN_FINISHED', threadId: 'thread-1', runId: 'run-1' },
];

const wordsBeforePause = 3;
const halfText = words.slice(0, wordsBeforePause).join('');

describe.each(frameworks)("TanStack's chat client on $name", (framework) => {
  let tanStack: typeof TanStack;
  let script: Script;
  let produced: number;
  let api: Api;
  const clients: TanStack.ChatClient[] = [];

  beforeAll(async () => {
    tanStack = await loadEsModule<typeof TanStack>('@tanstack/ai-client');
  });

  const routes = (hub: Hub): readonly ApiRoute[] => [
    {
      method: 'post',
      path: '/chat',
      stream: async ({ body }) => {
        const run = hub.run(body.runId);
        // A request that the client repeats joins the answer that it has begun.
        await run.start(produce, { key: body.runId });
        return run;
      },
      options: { dialect: agUi() },
    },
    {
      method: 'get',
      path: '/chat',
      stream: ({ query }) => hub.run(query.runId as string),
      options: { dialect: agUi() },
    },
  ];
  const produce: Script['produce'] = (context) => {
    produced++;
    return script.produce(context);
  };
  const start = async (pauseAt?: number) => {
    produced = 0;
    script = new Script(
      events.map((data) => ({ data })),
      pauseAt,
    );
    api = await Api.start(framework, routes);
  };
  const newClient = (maxAttempts = 5) => {
    const { ChatClient, fetchServerSentEvents } = tanStack;
    const connection = fetchServerSentEvents(`${api.url}/chat`, { reconnect: { delayMs: 20, maxAttempts } });
    const client = new ChatClient({ connection, threadId: 'thread-1' });
    clients.push(client);
    return client;
  };
  afterEach(async () => {
    for (const client of clients.splice(0)) client.dispose();
    await api.close();
  });

  const answerOf = (client: TanStack.ChatClient) =>
    client
      .getMessages()
      .filter(({ role }) => role === 'assistant')
      .flatMap(({ parts }) => parts.map((part) => (part.type === 'text' ? part.content : '')))
      .join('');
  const untilHalf = (client: TanStack.ChatClient) =>
    until('half of the answer is there', () => answerOf(client) === halfText);

  it('has the whole answer', async () => {
    await start();
    const client = newClient();
    await client.sendMessage('Hello');
    expect([client.getStatus(), answerOf(client)]).toEqual(['ready', wholeText]);
  });

  it('resumes by itself after a cut, and nothing is produced twice', async () => {
    await start(2 + wordsBeforePause);
    const client = newClient();
    const sent = client.sendMessage('Hello');
    await untilHalf(client);
    api.gate.cut();
    script.resume();
    await sent;
    expect([client.getStatus(), answerOf(client), produced]).toEqual(['ready', wholeText, 1]);
  });

  it('joins an answer in the middle, from its very start', async () => {
    await start(2 + wordsBeforePause);
    await api.hub.run('run-1').start(produce);
    const connection = tanStack.fetchServerSentEvents(`${api.url}/chat`);
    const got: unknown[] = [];
    for await (const event of connection.joinRun('run-1')) {
      got.push(event);
      if (got.length === 2 + wordsBeforePause) script.resume();
    }
    expect(got).toEqual(events);
  });

  it('has an error, not a short answer, when the server drains', async () => {
    await start(2 + wordsBeforePause);
    const client = newClient(1);
    const sent = client.sendMessage('Hello');
    await untilHalf(client);
    const closed = api.hub.close();
    await sent;
    expect([client.getStatus(), answerOf(client)]).toEqual(['error', halfText]);
    script.resume();
    await closed;
  });
});
