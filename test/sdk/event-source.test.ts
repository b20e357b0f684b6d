import type { SseOptions } from '@pushwire/core';
import { bareSse } from '@pushwire/core/dialects';
import { EventSource } from 'eventsource';
import { until } from '../kit/until';
import { Api } from './kit/apis';
import { frameworks } from './kit/frameworks';
import { Script, words } from './kit/script';

const pauseAt = 3;

/** How the run looks to the client. */
const looks: readonly [string, Omit<SseOptions<unknown>, 'hub'>][] = [
  ['in our own protocol', {}],
  ['bare', { dialect: bareSse() }],
];

// The package waits for three seconds before it comes back, so that all do so at the same time.
describe('the package eventsource', () => {
  for (const framework of frameworks) {
    for (const [look, options] of looks) {
      const open = async (pause?: number) => {
        const script = new Script(words, pause);
        const api = await Api.start(
          framework,
          (hub) => [{ method: 'get', path: '/answer', stream: () => hub.run('answer'), options }],
          { retry: 500 },
        );
        await api.hub.run('answer').start(script.produce);
        const source = new EventSource(`${api.url}/answer`);
        const seen = { got: [] as string[], errors: 0 };
        source.onmessage = ({ data }) => void seen.got.push(data);
        source.onerror = () => void seen.errors++;
        const untilEnded = () => until('the client stays away', () => source.readyState === EventSource.CLOSED);
        const close = () => {
          source.close();
          return api.close();
        };
        return { script, api, source, seen, untilEnded, close };
      };
      type Opened = Awaited<ReturnType<typeof open>>;
      const on = (name: string, pause: number | undefined, act: (opened: Opened) => Promise<void>) =>
        it.concurrent(`on ${framework.name}, ${look}, ${name}`, async () => {
          const opened = await open(pause);
          try {
            await act(opened);
          } finally {
            await opened.close();
          }
        });

      on('has the whole answer once, and stays away then', undefined, async ({ seen, untilEnded }) => {
        await untilEnded();
        expect(seen.got).toEqual(words);
      });

      on('resumes after a cut and has each word once', pauseAt, async ({ api, script, seen, untilEnded }) => {
        await until('the first words are there', () => seen.got.length === pauseAt);
        api.gate.cut();
        script.resume();
        await untilEnded();
        expect(seen.got).toEqual(words);
      });

      on(
        'is told of an error, and of no end, when the server drains',
        pauseAt,
        async ({ api, script, source, seen }) => {
          let ends = 0;
          source.addEventListener('pushwire:end', () => ends++);
          await until('the first words are there', () => seen.got.length === pauseAt);
          const closed = api.hub.close();
          await until('the client has an error', () => seen.errors === 1);
          expect([source.readyState, ends]).toEqual([EventSource.CONNECTING, 0]);
          script.resume();
          await closed;
        },
      );
    }
  }
});
