import { AbstractChat, type ChatState, type ChatTransport, type UIMessage, type UIMessageChunk } from 'ai';
import { type Item, words } from './script';

/** An answer in the chunks of the AI SDK's UI message stream. */
const chunks: readonly UIMessageChunk[] = [
  { type: 'start', messageId: 'answer' },
  { type: 'text-start', id: 'text' },
  ...words.map((delta): UIMessageChunk => ({ type: 'text-delta', id: 'text', delta })),
  { type: 'text-end', id: 'text' },
  { type: 'finish' },
];

export const uiItems: readonly Item[] = chunks.map((data) => ({ data }));

/** The text of the answers among some messages. */
export function answerIn(messages: readonly UIMessage[]): string {
  const parts = messages.filter(({ role }) => role === 'assistant').flatMap((message) => message.parts);
  return parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
}

class State implements ChatState<UIMessage> {
  status: ChatState<UIMessage>['status'] = 'ready';
  error: Error | undefined;
  messages: UIMessage[] = [];
  readonly pushMessage = (message: UIMessage) => void this.messages.push(message);
  readonly popMessage = () => void this.messages.pop();
  readonly replaceMessage = (index: number, message: UIMessage) => {
    this.messages[index] = structuredClone(message);
  };
  readonly snapshot = <T>(thing: T): T => structuredClone(thing);
}

/** The AI SDK's chat with a state of its own, as `useChat` has one in React. */
export class Chat extends AbstractChat<UIMessage> {
  constructor(id: string, transport: ChatTransport<UIMessage>) {
    super({ id, transport, state: new State() });
  }

  get answer(): string {
    return answerIn(this.messages);
  }
}
