import { parsePubSubMessages } from '../../src/channels/pubsub-message';

describe('a Pub/Sub message', () => {
  it.each([
    ['epoch 7 t\nhi', { kind: 'message', epoch: 'epoch', offset: 7, text: 't\nhi' }],
    ['e-_9 1 jprice\n{"a b":1}', { kind: 'message', epoch: 'e-_9', offset: 1, text: 'jprice\n{"a b":1}' }],
    ['epoch 7 t\nend', { kind: 'message', epoch: 'epoch', offset: 7, text: 't\nend' }],
    ['epoch 7 end', { kind: 'end', epoch: 'epoch', offset: 7 }],
    [
      'epoch 7 end {"outcome":"failed","code":"too-hot"}',
      { kind: 'end', epoch: 'epoch', offset: 7, outcome: { outcome: 'failed', code: 'too-hot' } },
    ],
    [
      'epoch 7 end {"outcome":"stopped","reason":"a\u2028b\u2029c"}',
      { kind: 'end', epoch: 'epoch', offset: 7, outcome: { outcome: 'stopped', reason: 'a\u2028b\u2029c' } },
    ],
    ['epoch 7 t\nend {}', { kind: 'message', epoch: 'epoch', offset: 7, text: 't\nend {}' }],
    ['epoch 7 =3 endj\n1', { kind: 'message', epoch: 'epoch', offset: 7, text: '=3 endj\n1' }],
    ['epoch 7 -end', { kind: 'message', epoch: 'epoch', offset: 7, text: '-end' }],
    [
      'epoch 1 first abc 12 -first abc 1 ',
      { kind: 'message', epoch: 'epoch', offset: 1, text: '-first abc 1 ', first: { quiet: 'abc', began: 12 } },
    ],
    ['epoch 0 life', { kind: 'life', epoch: 'epoch', offset: 0 }],
  ])('is parsed from %j', (text, message) => {
    expect(parsePubSubMessages(text)).toEqual([message]);
  });

  it('may be several, of which the last has the offset', () => {
    const texts = ['=4 annaj\n{"a":["b"]}', '-[', '-c'];
    const messages = texts.map((text, i) => ({ kind: 'message', epoch: 'epoch', offset: 7 + i, text }));
    expect(parsePubSubMessages(`epoch 9 ${JSON.stringify(texts)}`)).toEqual(messages);
    const [first, ...others] = parsePubSubMessages(`epoch 3 first abc 12 ${JSON.stringify(texts)}`);
    expect(first).toMatchObject({ offset: 1, text: texts[0], first: { quiet: 'abc', began: 12 } });
    expect(others).toEqual(messages.slice(1).map((message, i) => ({ ...message, offset: 2 + i })));
  });

  it.each(['', 'epoch', 'epoch 7', 'epoch x end', 'e.p 7 end', ' 7 end'])('is not parsed from %j', (text) => {
    expect(parsePubSubMessages(text)).toEqual([]);
  });
});
