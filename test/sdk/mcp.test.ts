import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Hub } from '@pushwire/core';
import { bareSse } from '@pushwire/core/dialects';
import { until } from '../kit/until';
import { Api, type ApiRoute, type Call } from './kit/apis';
import { frameworks } from './kit/frameworks';
import { type Item, Script } from './kit/script';

const session = 'session-1';
const steps = 8;
const pauseAt = 3;

/** A server of the Model Context Protocol with one tool, whose answer to a call is a run. */
function mcpRoutes(hub: Hub, scriptOf: (call: Call) => Script): readonly ApiRoute[] {
  const run = () => hub.run(`mcp:${session}`);
  return [
    {
      method: 'post',
      path: '/mcp',
      answer: ({ body }) => {
        if (body.id === undefined) return { status: 202 };
        if (body.method !== 'initialize') return undefined;
        const { protocolVersion } = body.params;
        const serverInfo = { name: 'fake', version: '1.0.0' };
        const result = { protocolVersion, capabilities: { tools: {} }, serverInfo };
        const headers = { 'mcp-session-id': session };
        return { status: 200, json: { jsonrpc: '2.0', id: body.id, result }, headers };
      },
      stream: async (call) => {
        await run().start(scriptOf(call).produce);
        return run();
      },
      options: { dialect: bareSse() },
    },
    {
      method: 'get',
      path: '/mcp',
      // This server has nothing to say to a client that waits for no answer.
      answer: ({ headers }) => (headers['last-event-id'] === undefined ? { status: 405 } : undefined),
      stream: run,
      options: { dialect: bareSse() },
    },
  ];
}

/** The progress of a call, and its result. */
function answerTo({ body }: Call): readonly Item[] {
  const { progressToken } = body.params._meta;
  const progress = Array.from({ length: steps }, (_, step) => {
    const params = { progressToken, progress: step + 1, total: steps };
    return { jsonrpc: '2.0', method: 'notifications/progress', params };
  });
  const result = { content: [{ type: 'text', text: 'built' }] };
  return [...progress, { jsonrpc: '2.0', id: body.id, result }].map((data) => ({ data }));
}

describe.each(frameworks)("the MCP SDK's client on $name", (framework) => {
  let script: Script;
  let api: Api;
  let client: Client;

  const start = async (pause?: number, maxRetries = 5) => {
    api = await Api.start(framework, (hub) =>
      mcpRoutes(hub, (call) => {
        script = new Script(answerTo(call), pause);
        return script;
      }),
    );
    client = new Client({ name: 'test', version: '1.0.0' });
    const reconnectionOptions = {
      initialReconnectionDelay: 20,
      maxReconnectionDelay: 20,
      reconnectionDelayGrowFactor: 1,
      maxRetries,
    };
    // With exact optional properties, the SDK's own transport does not fit its client.
    const transport = new StreamableHTTPClientTransport(new URL(`${api.url}/mcp`), { reconnectionOptions });
    await client.connect(transport as Parameters<Client['connect']>[0]);
  };
  afterEach(async () => {
    await client.close();
    await api.close();
  });

  const call = (timeout = 10_000) => {
    const progress: number[] = [];
    const onprogress = (step: { progress: number }) => void progress.push(step.progress);
    const result = client.callTool({ name: 'build' }, undefined, { onprogress, timeout });
    return { progress, result };
  };
  const allSteps = Array.from({ length: steps }, (_, step) => step + 1);
  const built = { content: [{ type: 'text', text: 'built' }] };

  it('has the progress of a call and its result', async () => {
    await start();
    const { progress, result } = call();
    expect(await result).toEqual(built);
    expect(progress).toEqual(allSteps);
  });

  it('resumes a call that was cut off, and has each step once', async () => {
    await start(pauseAt);
    const { progress, result } = call();
    await until('the first steps are there', () => progress.length === pauseAt);
    api.gate.cut();
    script.resume();
    expect(await result).toEqual(built);
    expect(progress).toEqual(allSteps);
  });

  it('has an error, not a result, when the server drains', async () => {
    await start(pauseAt, 1);
    const errors: Error[] = [];
    client.onerror = (error) => void errors.push(error);
    const { progress, result } = call(1000);
    const failed = expect(result).rejects.toThrow();
    await until('the first steps are there', () => progress.length === pauseAt);
    const closed = api.hub.close();
    await failed;
    expect(errors.map(({ message }) => message)).toContainEqual(expect.stringContaining('disconnected'));
    script.resume();
    await closed;
  });
});
