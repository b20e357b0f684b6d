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

describe.each(frameworks)('the package eventsource on $name', (framework) => {
  describe.each(looks)('%s', (_name, options) => {
    let script: Script;
    let api: Api;
    let source: EventSource;
    let got: string[];
    let errors: number;

    const open = async (pause?: number) => {
      script = new Script(words, pause);
      got = [];
      errors = 0;
      api = await Api.start(
        framework,
        (hub) => [{ method: 'get', path: '/answer', stream: () => hub.run('answer'), options }],
        { retry: 500 },
      );
      await api.hub.run('answer').start(script.produce);
      source = new EventSource(`${api.url}/answer`);
      source.onmessage = ({ data }) => void got.push(data);
      source.onerror = () => void errors++;
    };
    const untilEnded = () => until('the client stays away', () => source.readyState === EventSource.CLOSED);
    afterEach(async () => {
      source.close();
      await api.close();
    });

    it('has the whole answer once, and stays away then', async () => {
      await open();
      await untilEnded();
      expect(got).toEqual(words);
    });

    it('resumes after a cut and has each word once', async () => {
      await open(pauseAt);
      await until('the first words are there', () => got.length === pauseAt);
      api.gate.cut();
      script.resume();
      await untilEnded();
      expect(got).toEqual(words);
    });

    it('is told of an error, and of no end, when the server drains', async () => {
      await open(pauseAt);
      let ends = 0;
      source.addEventListener('pushwire:end', () => ends++);
      await until('the first words are there', () => got.length === pauseAt);
      const closed = api.hub.close();
      await until('the client has an error', () => errors === 1);
      expect([source.readyState, ends]).toEqual([EventSource.CONNECTING, 0]);
      script.resume();
      await closed;
    });
  });
});
