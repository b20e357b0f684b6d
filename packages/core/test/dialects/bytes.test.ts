import type { IncomingMessage } from 'node:http';
import {
  agUi,
  aiSdkUiMessages,
  bareSse,
  type Dialect,
  type DialectMessage,
  openAiChat,
  openAiResponses,
} from '../../src/dialects';
import { dialectEncoder } from '../../src/dialects/dialect-encoder';
import { queryOf } from '../../src/http/query';
import type { Batch } from '../../src/log/batch';
import { createMessage } from '../../src/log/message';
import type { Outcome } from '../../src/log/outcome';

const encoderOf = (dialect: Dialect) => dialectEncoder(dialect, dialect.name, (act) => act());
const opening = { heartbeat: 15_000, retry: 3000, padding: 0, cursor: 'e.0' };

/** The messages of a log from its beginning. */
function batchOf(...published: [data: unknown, event?: string][]): Batch {
  const positions = [{ epoch: 'e', offset: published.length }];
  return {
    messages: published.map(([data, event]) => createMessage(data, event)),
    cursors: published.map((_each, i) => `e.${i + 1}`),
    positions,
    cursor: `e.${published.length}`,
    more: false,
    ended: false,
  };
}

const published: [unknown, string?][] = [
  [{ type: 'start', n: 1 }],
  [{ delta: 'é "a"\n' }, 'tick'],
  ['{"type":"text","sequence_number":9}'],
  ['two\r\nlines'],
  [Uint8Array.of(1, 2, 3)],
  ['[1]'],
];

const plain = [
  'data: {"type":"start","n":1}\n\n',
  'data: {"delta":"é \\"a\\"\\n"}\n\n',
  'data: {"type":"text","sequence_number":9}\n\n',
  'data: two\ndata: lines\n\n',
  'data: AQID\n\n',
  'data: [1]\n\n',
];

const withIds = [
  'id: e.1\ndata: {"type":"start","n":1}\n\n',
  'event: tick\nid: e.2\ndata: {"delta":"é \\"a\\"\\n"}\n\n',
  'id: e.3\ndata: {"type":"text","sequence_number":9}\n\n',
  'id: e.4\ndata: two\ndata: lines\n\n',
  'id: e.5\ndata: AQID\n\n',
  'id: e.6\ndata: [1]\n\n',
];

const numbered = [
  'event: start\ndata: {"type":"start","n":1,"sequence_number":0}\n\n',
  'event: tick\ndata: {"delta":"é \\"a\\"\\n","sequence_number":1}\n\n',
  'event: text\ndata: {"type":"text","sequence_number":2}\n\n',
  'data: two\ndata: lines\n\n',
  'data: AQID\n\n',
  'data: [1]\n\n',
];

const done = 'data: [DONE]\n\n';
const openAiErrorOf = (message: string, code: string) =>
  `{"message":"${message}","type":"server_error","param":null,"code":"${code}"}`;
const chatError = (message: string, code: string) => `data: {"error":${openAiErrorOf(message, code)}}\n\n`;
const responsesError = (message: string, code: string) =>
  `event: error\ndata: {"type":"error","sequence_number":6,"code":"${code}","message":"${message}","param":null,` +
  `"error":${openAiErrorOf(message, code)}}\n\n`;
const runError = (message: string, code: string) =>
  `data: {"type":"RUN_ERROR","message":"${message}","code":"${code}"}\n\n`;

/** The messages above, and the last words after them. `undefined` is a connection that is cut. */
const table: [Dialect, { messages: string[]; ends: (string | undefined)[] }][] = [
  [
    aiSdkUiMessages(),
    {
      messages: plain,
      ends: [
        done,
        `data: {"type":"abort"}\n\n${done}`,
        `data: {"type":"abort","reason":"by the user"}\n\n${done}`,
        `data: {"type":"error","errorText":"model-overloaded"}\n\n${done}`,
        `data: {"type":"error","errorText":"run-lost"}\n\n${done}`,
      ],
    },
  ],
  [
    openAiChat(),
    {
      messages: plain,
      ends: [
        done,
        chatError('The answer was stopped.', 'run-stopped'),
        chatError('The answer was stopped. Reason: by the user', 'run-stopped'),
        chatError('The answer has failed.', 'model-overloaded'),
        chatError('The answer is lost.', 'run-lost'),
      ],
    },
  ],
  [
    openAiResponses(),
    {
      messages: numbered,
      ends: [
        '',
        responsesError('The answer was stopped.', 'run-stopped'),
        responsesError('The answer was stopped. Reason: by the user', 'run-stopped'),
        responsesError('The answer has failed.', 'model-overloaded'),
        responsesError('The answer is lost.', 'run-lost'),
      ],
    },
  ],
  [
    agUi(),
    {
      messages: plain.map((block, i) => `id: e.${i + 1}\n${block}`),
      ends: [
        '',
        runError('The answer was stopped.', 'run-stopped'),
        runError('The answer was stopped. Reason: by the user', 'run-stopped'),
        runError('The answer has failed.', 'model-overloaded'),
        runError('The answer is lost.', 'run-lost'),
      ],
    },
  ],
  [bareSse(), { messages: withIds, ends: ['', undefined, undefined, undefined, undefined] }],
  [
    bareSse({ ids: false, space: false }),
    {
      messages: [
        'data:{"type":"start","n":1}\n\n',
        'event:tick\ndata:{"delta":"é \\"a\\"\\n"}\n\n',
        ...plain.slice(2).map((block) => block.replace(/^data: /gm, 'data:')),
      ],
      ends: ['', undefined, undefined, undefined, undefined],
    },
  ],
];

const outcomes: Outcome[] = [
  { outcome: 'completed' },
  { outcome: 'stopped' },
  { outcome: 'stopped', reason: 'by the user' },
  { outcome: 'failed', code: 'model-overloaded' },
  { outcome: 'lost' },
];

describe.each(table.map(([dialect, bytes]) => [dialect.name, dialect, bytes] as const))(
  '%s',
  (_, dialect, { messages, ends }) => {
    const encoder = encoderOf(dialect);

    it('has a block for each message and nothing else', () => {
      expect(encoder.open(opening)).toBe('');
      expect(encoder.batch(batchOf(...published))).toBe(messages.join(''));
      expect(encoder.heartbeat).toBe(':\n');
      expect([encoder.end('e.6'), encoder.retry('draining', 3000), encoder.error(), encoder.snapshot('e.6')]).toEqual([
        '',
        '',
        '',
        '',
      ]);
    });

    it.each(outcomes.map((outcome, i) => [outcome, ends[i]] as const))('ends after %j', (outcome, end) => {
      expect(encoder.foreign?.lastWords(outcome, 6)).toBe(end);
    });

    it('numbers the messages of each generator by itself', () => {
      const blocks = [1, 2].map(() => {
        const own = encoder.foreign?.forOne();
        return published.map(([data, event]) => own?.message(createMessage(data, event)));
      });
      expect(blocks[0]).toEqual(messages.map((block) => block.replace(/id: ?e\.\d\n/, '')));
      expect(blocks[1]).toEqual(blocks[0]);
    });

    it('gives a message to one client alone no number', () => {
      const own = encoder.foreign?.forOne();
      const alone = own?.alone?.(createMessage({ type: 'a' }));
      expect(alone).not.toContain('sequence_number');
      expect(own?.message(createMessage({ type: 'b' }))).toBe(
        encoder.foreign?.forOne().message(createMessage({ type: 'b' })),
      );
    });
  },
);

const places: [Dialect, string, unknown][] = [
  [aiSdkUiMessages(), '', undefined],
  [aiSdkUiMessages(), 'startIndex=', undefined],
  [aiSdkUiMessages(), 'startIndex=0', { after: 0 }],
  [aiSdkUiMessages(), 'startIndex=12', { after: 12 }],
  [aiSdkUiMessages(), 'startIndex=-3', { last: 3 }],
  [openAiResponses(), 'starting_after=0', { after: 1 }],
  [openAiResponses(), 'starting_after=41', { after: 42 }],
  [openAiResponses(), 'starting_after=-1', { after: 0 }],
  [openAiResponses(), 'stream=true', undefined],
  [openAiChat(), 'startIndex=1&starting_after=1', undefined],
  [agUi(), 'startIndex=1', undefined],
  [bareSse(), 'startIndex=1', undefined],
];

it.each(places.map(([dialect, ...rest]) => [dialect.name, ...rest, dialect] as const))(
  '%s: the query %j is %j',
  (_, query, place, dialect) => {
    expect(encoderOf(dialect).foreign?.placeOf(new URLSearchParams(query))).toEqual(place);
  },
);

it.each(['1.5', '1e3', 'x', ' 1', '0x1', '9999999999999999999'])('refuses %j for a number of messages', (text) => {
  const query = new URLSearchParams({ startIndex: text, starting_after: text });
  for (const dialect of [aiSdkUiMessages(), openAiResponses()]) {
    expect(() => encoderOf(dialect).foreign?.placeOf(query)).toThrow(expect.objectContaining({ status: 400 }));
  }
});

describe("a dialect of the app's own", () => {
  it('may write to the query that it gets, which other requests have too', () => {
    const request = { url: '/runs?skip=3' } as IncomingMessage;
    const encoder = encoderOf({
      name: 'own',
      message: ({ text }) => text,
      received(query) {
        const skip = query.get('skip');
        query.delete('skip');
        return skip === null ? undefined : Number(skip);
      },
    });
    const placeOfNext = () => encoder.foreign?.placeOf(queryOf(request));
    expect([placeOfNext(), placeOfNext()]).toEqual([{ after: 3 }, { after: 3 }]);
  });

  it('gets each message as it is', () => {
    const seen: DialectMessage[] = [];
    const encoder = encoderOf({ name: 'own', message: (message) => `${seen.push(message)}` });
    expect(encoder.batch(batchOf(['a', 'tick'], [{ b: 1 }]))).toBe('12');
    encoder.foreign?.forOne().message(createMessage('c'), '7', 900);
    expect(seen).toEqual([
      { text: 'a', event: 'tick', id: 'e.1', offset: 1, retry: undefined },
      { text: '{"b":1}', event: undefined, id: 'e.2', offset: 2, retry: undefined },
      { text: 'c', event: undefined, id: '7', offset: 1, retry: 900 },
    ]);
  });

  it('has its opening, its heartbeat, its words for a gap, and padding in front', () => {
    const encoder = encoderOf({
      name: 'own',
      opening: () => 'hello\n\n',
      heartbeat: 'data: beat\n\n',
      message: ({ text }) => text,
      gap: ({ reason, missed }) => `gap ${reason} ${missed}\n\n`,
    });
    expect(encoder.open({ ...opening, padding: 3 })).toBe(':   \nhello\n\n');
    expect(encoder.heartbeat).toBe('data: beat\n\n');
    const gap = { reason: 'evicted' as const, missed: 2, cursor: 'e.2' };
    expect(encoder.batch({ ...batchOf(['x']), gap })).toBe('gap evicted 2\n\nx');
  });

  it.each([
    ['message', () => encoderOf({ name: 'own', message: () => 7 as never }).batch(batchOf(['a']))],
    ['message', () => encoderOf({ name: 'own', message: (async () => '') as never }).batch(batchOf(['a']))],
    ['opening', () => encoderOf({ name: 'own', message: () => '', opening: () => 7 as never }).open(opening)],
    [
      'end',
      () =>
        encoderOf({ name: 'own', message: () => '', end: () => 1 as never }).foreign?.lastWords(
          { outcome: 'completed' },
          0,
        ),
    ],
  ])('throws if `%s` gives no text', (part, act) => {
    expect(act).toThrow(new RegExp(`^dialect own, ${part}: expected a string, got `));
  });
});
