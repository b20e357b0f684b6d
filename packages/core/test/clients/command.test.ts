import { type Ask, askFrom, askMessage } from '../../src/clients/command';
import { createMessage } from '../../src/log/message';

/** The command as another process gets it, after JSON. */
const overTheWire = (ask: Ask) => askFrom(JSON.parse(askMessage(ask).body as string));

it.each<[string, Ask]>([
  ['a list', { call: 'c1', command: { act: 'list', key: 'anna' } }],
  ['a disconnection', { call: 'c1', command: { act: 'disconnect', key: 'anna', reason: 'forbidden' } }],
  ['one with an exception', { command: { act: 'disconnect', key: 'a', reason: 'ended', except: 'AAAAAAAAAAAA' } }],
  ['text', { command: { act: 'send', key: 'anna', message: createMessage('a\u2028b', 'notice') } }],
  ['a value', { command: { act: 'send', key: 'anna', message: createMessage({ n: [1, null] }) } }],
  ['bytes', { command: { act: 'send', key: 'anna', message: createMessage(Uint8Array.of(0, 255)) } }],
])('%s is the same in another process', (_title, ask) => {
  const { call, command } = overTheWire(ask);
  expect(call).toBe(ask.call);
  expect({ ...command, message: undefined }).toEqual({ ...ask.command, message: undefined });
  if (ask.command.act !== 'send' || command.act !== 'send') return;
  const { body, ...fields } = ask.command.message;
  expect(command.message).toMatchObject(fields);
  expect(Buffer.from(command.message.body)).toEqual(Buffer.from(body));
});
