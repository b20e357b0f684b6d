import { setTimeout as pause } from 'node:timers/promises';
import type { Hub, Run } from '@pushwire/core';
import { readPublishableName } from './names';
import type { NodeIdentity } from './node-identity';

/** Milliseconds without a word of the teller after which its story is lost. Short, to be watched. */
const lease = 3000;

/** Milliseconds between two words. */
const pace = 120;

const sentences = [
  'Every word of it is a message of a run.',
  'Reload this page, and you read it from the start.',
  'Open a second window, and both show the same words.',
  'Cut everything, and the words that you missed follow.',
  'Stop it in one window, and it stops in all of them.',
  'And if you kill the node that tells it, every window says that the rest is lost.',
];

/** The words of a story. */
export async function* wordsOf({ name, pid }: NodeIdentity, signal: AbortSignal): AsyncGenerator<string> {
  const text = `The node ${name}, process ${pid}, tells this story. ${sentences.join(' ')} The end.`;
  for (const word of text.match(/\S+\s*/g) ?? []) {
    yield word;
    await pause(pace, undefined, { signal });
  }
}

/** The story of a room is a run. @throws {Refusal} 400 or 403. */
export function storyOf(hub: Hub, room: string): Run {
  return hub.run(`story:${readPublishableName(room)}`);
}

/** Begins the story of a room on this node, unless one is told already, and says so to the room. */
export async function beginStory(hub: Hub, room: string, node: NodeIdentity): Promise<{ started: boolean }> {
  const { started } = await storyOf(hub, room).start(({ signal }) => wordsOf(node, signal), { lease });
  if (started) await hub.channel(room).publish({ node: node.name }, { event: 'story' });
  return { started };
}
