import Anthropic from '@anthropic-ai/sdk';
import { bareSse } from '@pushwire/core/dialects';
import { until } from '../kit/until';
import { Api } from './kit/apis';
import { frameworks } from './kit/frameworks';
import { Script, wholeText, words } from './kit/script';

const message = {
  id: 'message-1',
  type: 'message',
  role: 'assistant',
  model: 'fake',
  content: [],
  stop_reason: null,
  stop_sequence: null,
  usage: { input_tokens: 1, output_tokens: 1 },
};

const events = [
  { type: 'message_start', message },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  ...words.map((text) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })),
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 9 } },
  { type: 'message_stop' },
].map((data) => ({ event: data.type, data }));

const wordsBeforePause = 3;

describe.each(frameworks)("Anthropic's SDK on $name", (framework) => {
  let script: Script;
  let api: Api;
  let client: Anthropic;

  const start = async (pauseAt?: number) => {
    script = new Script(events, pauseAt);
    api = await Api.start(framework, (hub) => [
      {
        method: 'post',
        path: '/v1/messages',
        stream: async () => {
          const run = hub.run('message-1');
          await run.start(script.produce);
          return run;
        },
        options: { dialect: bareSse() },
      },
    ]);
    client = new Anthropic({ baseURL: api.url, apiKey: 'none', maxRetries: 0 });
  };
  afterEach(() => api.close());

  const ask = () =>
    client.messages.stream({ model: 'fake', max_tokens: 100, messages: [{ role: 'user', content: 'Hello' }] });

  it('has the whole answer', async () => {
    await start();
    const answer = await ask().finalMessage();
    expect(answer).toMatchObject({ stop_reason: 'end_turn', content: [{ type: 'text', text: wholeText }] });
  });

  it.each([
    ['the server drains', () => api.hub.close()],
    ['the connection is cut', async () => api.gate.cut()],
  ])('has an error, not a short answer, when %s', async (_name, end) => {
    await start(2 + wordsBeforePause);
    const stream = ask();
    let text = '';
    stream.on('text', (delta) => {
      text += delta;
    });
    const failed = expect(stream.finalMessage()).rejects.toThrow();
    await until('the first words are there', () => text === words.slice(0, wordsBeforePause).join(''));
    const ended = end();
    await failed;
    script.resume();
    await ended;
  });
});
