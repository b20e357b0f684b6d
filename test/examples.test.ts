import { type ChildProcess, execFileSync } from 'node:child_process';
import { buildExamples, builtExample, startExample } from './kit/example';
import { openStream, type StreamClient } from './kit/stream-client';

// Each example runs as it stands in the documents.

let running: ChildProcess | undefined;

beforeAll(buildExamples, 120_000);
afterEach(() => void running?.kill('SIGKILL'));

async function start(name: string): Promise<string> {
  const { origin, child } = await startExample(name);
  running = child;
  return origin;
}

const opened = (client: StreamClient) => client.events().length > 0;

describe('the examples', () => {
  it('express.ts publishes and pushes', async () => {
    const origin = await start('express');
    const client = await openStream(`${origin}/news`, false);
    await client.until(opened);
    const answer = await fetch(`${origin}/news`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"headline":"It works"}',
    });
    expect(answer.status).toBe(202);
    const { id } = (await answer.json()) as { id: string };
    await client.until(() => client.data().length === 1);
    expect(client.events().at(-1)).toEqual({ event: 'headline', id, data: '{"headline":"It works"}' });
    client.leave();
  });

  it('koa.ts pushes', async () => {
    const origin = await start('koa');
    for (const path of ['/news', '/rooms/blue']) {
      const client = await openStream(origin + path, false);
      await client.until(opened);
      client.leave();
    }
  });

  it('sources.ts serves every kind of source, and closes for a SIGTERM', async () => {
    const origin = await start('sources');
    expect((await openStream(`${origin}/inbox`, false)).status).toBe(401);
    const inbox = await openStream(`${origin}/inbox`, false, { headers: { authorization: 'Bearer 7' } });
    await inbox.until(opened);
    expect(inbox.events()[0]?.id).toContain('~');
    const chat = await openStream(`${origin}/chat`, false, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"prompt":"to be or not"}',
    });
    await chat.ended;
    expect(chat.data()).toEqual(['to', 'be', 'or', 'not']);
    const exited = new Promise((resolve) => running?.on('exit', resolve));
    running?.kill('SIGTERM');
    await inbox.ended;
    expect(inbox.events().at(-1)?.event).toBe('pushwire:retry');
    expect(await exited).toBe(0);
  });

  it('history.ts runs', () => {
    execFileSync(process.execPath, [builtExample('history')]);
  });
});
