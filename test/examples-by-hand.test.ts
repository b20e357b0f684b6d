import type { ChildProcess } from 'node:child_process';
import { buildExamples, startExample } from './kit/example';
import { openStream } from './kit/stream-client';

// The example runs exactly as the documents show it.

let running: ChildProcess | undefined;

beforeAll(buildExamples);
afterAll(() => void running?.kill('SIGKILL'));

async function start(name: string): Promise<string> {
  running?.kill('SIGKILL');
  const { origin, child } = await startExample(name);
  running = child;
  return origin;
}

const post = (url: string, body: string) =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'text/plain' }, body });

describe('by-hand.ts', () => {
  let origin: string;
  beforeAll(async () => {
    origin = await start('by-hand');
  });

  it('counts on from the id that a client sends', async () => {
    const client = await openStream(`${origin}/count`, false, { headers: { 'last-event-id': '41' } });
    await client.until(() => client.data().length >= 3);
    expect(client.text()).toContain(':Counting begins.\n');
    expect(
      client
        .events()
        .filter(({ event }) => !event.startsWith('pushwire:'))
        .slice(0, 3),
    ).toEqual([
      { event: 'welcome', id: '', data: '{"from":41}' },
      { event: 'count', id: '42', data: '42' },
      { event: 'count', id: '43', data: '43' },
    ]);
    client.leave();
  });

  it('sends everyone what comes, and the newcomers what has come', async () => {
    const one = await openStream(`${origin}/news`, false);
    await one.until(() => one.data().length === 1);
    await post(`${origin}/news`, 'It works');
    await one.until(() => one.data().length === 2);
    const other = await openStream(`${origin}/news`, false);
    await other.until(() => other.data().length === 2);
    expect([one.data(), other.data()]).toEqual([
      ['Welcome', 'It works'],
      ['Welcome', 'It works'],
    ]);
    expect(one.events().at(-1)?.event).toBe('news');
    for (const client of [one, other]) client.leave();
  });

  it('exports a thousand rows', async () => {
    const client = await openStream(`${origin}/export`, false);
    await client.ended;
    const lines = client
      .text()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    const rows = lines.filter(({ event }) => event === undefined);
    expect([rows.length, rows[999].data.n, lines.at(-1).event]).toEqual([1000, 1000, 'pushwire:end']);
  });

  it('answers polls with what they have not seen, or as soon as something comes', async () => {
    const held = fetch(`${origin}/messages`);
    // It may come after the message, and is answered with it then, too.
    await post(`${origin}/messages`, 'one');
    expect(await (await held).json()).toEqual({ cursor: '1', messages: [{ id: '1', data: 'one' }] });
    const next = fetch(`${origin}/messages?cursor=1`);
    await post(`${origin}/messages`, 'two');
    await post(`${origin}/messages`, 'three');
    const { cursor, messages } = (await (await next).json()) as { cursor: string; messages: unknown[] };
    expect([messages[0], cursor]).toEqual([{ id: '2', data: 'two' }, messages.length === 1 ? '2' : '3']);
  });
});

it('by-hand-koa.ts gives a route its ctx.state.sse', async () => {
  const client = await openStream(`${await start('by-hand-koa')}/clock`, false);
  await client.until(() => client.data().length >= 3);
  expect(client.events()[1]).toEqual({ event: 'greeting', id: '1', data: 'hello' });
  client.leave();
});
