import type { Hub } from '@pushwire/core';
import { openAiChat, openAiResponses } from '@pushwire/core/dialects';
import OpenAI from 'openai';
import { until } from '../kit/until';
import { Api, type ApiRoute } from './kit/apis';
import { frameworks } from './kit/frameworks';
import { Script, wholeText, words } from './kit/script';

const pauseAt = 4;
const halfText = words.slice(0, 3).join('');

const chunk = (delta: object, finish_reason: string | null = null) => ({
  id: 'chat-1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'fake',
  choices: [{ index: 0, delta, finish_reason }],
});

const completion: readonly object[] = [
  chunk({ role: 'assistant', content: '' }),
  ...words.map((content) => chunk({ content })),
  chunk({}, 'stop'),
];

const emptyResponse = { id: 'response-1', object: 'response', model: 'fake', output: [], status: 'in_progress' };
const item = { id: 'item-1', type: 'message', role: 'assistant', status: 'in_progress', content: [] };
const place = { item_id: 'item-1', output_index: 0, content_index: 0 };
const part = (text: string) => ({ type: 'output_text', text, annotations: [] });

const events: readonly object[] = [
  { type: 'response.created', response: emptyResponse },
  { type: 'response.output_item.added', output_index: 0, item },
  { type: 'response.content_part.added', ...place, part: part('') },
  ...words.map((delta) => ({ type: 'response.output_text.delta', ...place, delta, logprobs: [] })),
  { type: 'response.output_text.done', ...place, text: wholeText, logprobs: [] },
  {
    type: 'response.completed',
    response: {
      ...emptyResponse,
      status: 'completed',
      output: [{ ...item, status: 'completed', content: [part(wholeText)] }],
    },
  },
];

describe.each(frameworks)("OpenAI's SDK on $name", (framework) => {
  let script: Script;
  let api: Api;
  let client: OpenAI;

  const start = async (chunks: readonly object[], routes: (hub: Hub) => readonly ApiRoute[], pause?: number) => {
    script = new Script(
      chunks.map((data) => ({ data })),
      pause,
    );
    api = await Api.start(framework, routes);
    client = new OpenAI({ baseURL: `${api.url}/v1`, apiKey: 'none', maxRetries: 0 });
  };
  afterEach(() => api.close());

  const started = async (hub: Hub, id: string) => {
    const run = hub.run(id);
    await run.start(script.produce);
    return run;
  };

  describe('with chat completions', () => {
    const routes = (hub: Hub): readonly ApiRoute[] => [
      {
        method: 'post',
        path: '/v1/chat/completions',
        stream: () => started(hub, 'chat-1'),
        options: { dialect: openAiChat() },
      },
    ];
    const ask = () => client.chat.completions.stream({ model: 'fake', messages: [{ role: 'user', content: 'Hello' }] });

    it('has the whole answer', async () => {
      await start(completion, routes);
      const answer = await ask().finalChatCompletion();
      expect(answer.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: wholeText } });
    });

    it('has an error, not a short answer, when the server drains', async () => {
      await start(completion, routes, pauseAt);
      const stream = await client.chat.completions.create({
        model: 'fake',
        messages: [{ role: 'user', content: 'Hello' }],
        stream: true,
      });
      let text = '';
      const read = (async () => {
        for await (const { choices } of stream) text += choices[0]?.delta.content ?? '';
      })();
      const failed = expect(read).rejects.toThrow();
      await until('half of the answer is there', () => text === halfText);
      const closed = api.hub.close();
      await failed;
      expect(text).toBe(halfText);
      script.resume();
      await closed;
    });

    it('has an error when the model fails', async () => {
      await start(completion, (hub) => [
        {
          method: 'post',
          path: '/v1/chat/completions',
          stream: async () => {
            const run = hub.run('chat-1');
            await run.start(async function* () {
              for (const data of completion.slice(0, pauseAt)) yield { data };
              throw new Error('the model is ill');
            });
            return run;
          },
          options: { dialect: openAiChat() },
        },
      ]);
      await expect(ask().finalChatCompletion()).rejects.toThrow(OpenAI.APIError);
    });
  });

  describe('with responses', () => {
    const routes = (hub: Hub): readonly ApiRoute[] => [
      {
        method: 'post',
        path: '/v1/responses',
        stream: () => started(hub, 'response-1'),
        options: { dialect: openAiResponses() },
      },
      {
        method: 'get',
        path: '/v1/responses/:id',
        stream: ({ params }) => hub.run(params.id as string),
        options: { dialect: openAiResponses() },
      },
    ];

    it('has the whole answer', async () => {
      await start(events, routes);
      const stream = client.responses.stream({ model: 'fake', input: 'Hello' });
      const response = await stream.finalResponse();
      expect(response).toMatchObject({ status: 'completed', output_text: wholeText });
    });

    it('continues after an event that it has, when the server has cut it off', async () => {
      await start(events, routes, pauseAt + 2);
      const stream = await client.responses.create({ model: 'fake', input: 'Hello', stream: true });
      const got: { type: string; sequence_number: number }[] = [];
      let text = '';
      const read = async (from: AsyncIterable<OpenAI.Responses.ResponseStreamEvent>) => {
        for await (const event of from) {
          got.push(event);
          if (event.type === 'response.output_text.delta') text += event.delta;
        }
      };
      const failed = expect(read(stream)).rejects.toThrow();
      await until('half of the answer is there', () => text === halfText);
      api.gate.cut();
      await failed;
      script.resume();
      const starting_after = got.at(-1)?.sequence_number as number;
      await read(await client.responses.retrieve('response-1', { stream: true, starting_after }));
      expect(text).toBe(wholeText);
      expect(got.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, index) => index));
    });

    it('has an error, not a short answer, when the server drains', async () => {
      await start(events, routes, pauseAt + 2);
      const stream = client.responses.stream({ model: 'fake', input: 'Hello' });
      let text = '';
      stream.on('response.output_text.delta', ({ delta }) => {
        text += delta;
      });
      const failed = expect(stream.finalResponse()).rejects.toThrow();
      await until('half of the answer is there', () => text === halfText);
      const closed = api.hub.close();
      await failed;
      script.resume();
      await closed;
    });
  });
});
