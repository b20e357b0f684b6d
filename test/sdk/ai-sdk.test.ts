import type { WorkflowChatTransport } from '@workflow/ai';
import { type ChatTransport, DefaultChatTransport, type UIMessage } from 'ai';
import { until } from '../kit/until';
import { Api } from './kit/apis';
import { chatRoutes } from './kit/chat-routes';
import { loadEsModule } from './kit/es-module';
import { frameworks } from './kit/frameworks';
import { Script, wholeText, words } from './kit/script';
import { Chat, uiItems } from './kit/ui-chat';

const wordsBeforePause = 3;
const pauseAt = 2 + wordsBeforePause;
const halfText = words.slice(0, wordsBeforePause).join('');

describe.each(frameworks)("the AI SDK's chat on $name", (framework) => {
  let script: Script;
  let api: Api;
  let Workflow: typeof WorkflowChatTransport;

  beforeAll(async () => {
    ({ WorkflowChatTransport: Workflow } = await loadEsModule<typeof import('@workflow/ai')>('@workflow/ai'));
  });

  const start = async (pause?: number) => {
    script = new Script(uiItems, pause);
    api = await Api.start(framework, (hub) => chatRoutes(hub, script.produce));
  };
  afterEach(() => api.close());

  const newChat = () => new Chat('chat-1', new DefaultChatTransport({ api: `${api.url}/api/chat` }));
  const untilHalf = (chat: Chat) => until('half of the answer is there', () => chat.answer === halfText);

  it('has the whole answer', async () => {
    await start();
    const chat = newChat();
    await chat.sendMessage({ text: 'Hello' });
    expect(chat).toMatchObject({ status: 'ready', answer: wholeText });
  });

  it('resumes an answer in the middle, from its very start', async () => {
    await start(pauseAt);
    const [chat, reloaded] = [newChat(), newChat()];
    const sent = chat.sendMessage({ text: 'Hello' });
    await untilHalf(chat);
    const resumed = reloaded.resumeStream();
    await untilHalf(reloaded);
    script.resume();
    await Promise.all([sent, resumed]);
    for (const each of [chat, reloaded]) expect(each).toMatchObject({ status: 'ready', answer: wholeText });
  });

  it('resumes nothing where no answer was begun', async () => {
    await start();
    const chat = newChat();
    await chat.resumeStream();
    expect(chat).toMatchObject({ status: 'ready', messages: [] });
  });

  it('resumes an answer that was cut off', async () => {
    await start(pauseAt);
    const chat = newChat();
    const sent = chat.sendMessage({ text: 'Hello' });
    await untilHalf(chat);
    api.gate.cut();
    await sent;
    expect(chat.status).toBe('error');
    script.resume();
    await chat.resumeStream();
    expect(chat).toMatchObject({ status: 'ready', answer: wholeText });
  });

  it('has an error, not a short answer, when the server drains', async () => {
    await start(pauseAt);
    const chat = newChat();
    const sent = chat.sendMessage({ text: 'Hello' });
    await untilHalf(chat);
    const closed = api.hub.close();
    await sent;
    expect(chat).toMatchObject({ status: 'error', answer: halfText });
    script.resume();
    await closed;
  });

  it('has an error when the model fails', async () => {
    api = await Api.start(framework, (hub) =>
      chatRoutes(hub, async function* () {
        yield* uiItems.slice(0, pauseAt);
        throw new Error('the model is ill');
      }),
    );
    const chat = newChat();
    await chat.sendMessage({ text: 'Hello' });
    expect(chat).toMatchObject({ status: 'error', answer: halfText });
    expect(chat.error?.message).not.toContain('ill');
  });

  it('continues after a cut by itself, with the transport for workflows', async () => {
    await start(pauseAt);
    const ends: unknown[] = [];
    const transport = new Workflow({ api: `${api.url}/api/chat`, onChatEnd: (end) => void ends.push(end) });
    const error = jest.spyOn(console, 'error').mockImplementation(() => {});
    // With exact optional properties, the transport does not fit the SDK's own type.
    const chat = new Chat('chat-1', transport as unknown as ChatTransport<UIMessage>);
    const sent = chat.sendMessage({ text: 'Hello' });
    await untilHalf(chat);
    api.gate.cut();
    script.resume();
    await sent;
    error.mockRestore();
    expect(chat).toMatchObject({ status: 'ready', answer: wholeText });
    // Every chunk came once.
    expect(ends).toEqual([{ chatId: 'chat-1', chunkIndex: uiItems.length }]);
  });
});
