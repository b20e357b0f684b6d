import type { Hub } from '@pushwire/core';
import { aiSdkUiMessages } from '@pushwire/core/dialects';
import type { ApiRoute, Call } from './apis';
import type { Script } from './script';

/** The routes that the transports of the AI SDK call. Each chat has a run. */
export function chatRoutes(hub: Hub, produce: Script['produce']): readonly ApiRoute[] {
  const runOf = (id: string) => hub.run(`chat:${id}`);
  const options = { dialect: aiSdkUiMessages() };
  // The transport for workflows sends no id of the chat.
  const idOf = ({ body }: Call): string => body.id ?? 'workflow';
  return [
    {
      method: 'post',
      path: '/api/chat',
      headers: (call) => ({ 'x-workflow-run-id': idOf(call) }),
      stream: async (call) => {
        const run = runOf(idOf(call));
        await run.start(produce, { key: call.body.messages.at(-1).id });
        return run;
      },
      options,
    },
    { method: 'get', path: '/api/chat/:id/stream', stream: ({ params }) => runOf(params.id as string), options },
  ];
}
