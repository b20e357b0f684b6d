import { buildSync } from 'esbuild';

/**
 * A page with `useChat` of the AI SDK, which resumes the chat that its address names. The page has
 * these functions:
 *
 * - `ask(text)` sends a message.
 * - `follow(url)` reads an answer by `fetchEventSource`.
 *
 * Its globals `chat` and `followed` are what they show.
 */
const contents = `
  import { useChat } from '@ai-sdk/react';
  import { fetchEventSource } from '@microsoft/fetch-event-source';
  import { DefaultChatTransport } from 'ai';
  import { createElement } from 'react';
  import { createRoot } from 'react-dom/client';

  const id = new URLSearchParams(location.search).get('chat');
  const transport = new DefaultChatTransport({ api: '/api/chat' });

  function Chat() {
    const { messages, status, sendMessage, resumeStream } = useChat({ id, transport, resume: true });
    const parts = messages.filter(({ role }) => role === 'assistant').flatMap((message) => message.parts);
    globalThis.chat = { status, answer: parts.map(({ text }) => text ?? '').join('') };
    globalThis.ask = (text) => void sendMessage({ text });
    globalThis.resume = () => void resumeStream();
    return null;
  }
  createRoot(document.getElementById('root')).render(createElement(Chat));

  globalThis.follow = (url) => {
    const followed = { data: [], opened: 0, errors: 0, state: 'open' };
    globalThis.followed = followed;
    fetchEventSource(url, {
      openWhenHidden: true,
      onopen: async () => void followed.opened++,
      onmessage: ({ data }) => void followed.data.push(data),
      onclose: () => void (followed.state = 'closed'),
      onerror: () => (followed.errors++, 50),
    });
  };
`;

export const chatPage = '<!doctype html><title>Chat</title><div id="root"></div><script src="/page.js"></script>';

/** Bundles the page's script. */
export function chatPageScript(): string {
  const { outputFiles } = buildSync({
    stdin: { contents, resolveDir: process.cwd(), loader: 'js' },
    bundle: true,
    format: 'iife',
    target: 'es2022',
    write: false,
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  return outputFiles[0]?.text ?? '';
}
