import { startBroker } from '@pushwire/cluster';
import { answerCalls } from './child';

// A broker in a process of its own.

const { path } = JSON.parse(process.argv[2] as string) as { path?: string };
const broker = startBroker(path === undefined ? {} : { path });

export const handlers = {
  async path() {
    await broker.ready;
    return broker.path;
  },
};

answerCalls(handlers);
