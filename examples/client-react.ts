// #region react
import { useChannel } from '@pushwire/client/react';

interface News {
  headline: { text: string };
}

export function useHeadlines() {
  return useChannel<News, readonly string[]>(
    '/news',
    (texts, { event, data }) => (event === 'headline' ? [...texts, data.text] : texts),
    [],
  );
}

// #endregion

// #region run
import { useRun } from '@pushwire/client/react';
import { useState } from 'react';

/** The newest answer of a chat. A page that is reloaded, and a second window, show it too. */
export function useAnswer(chat: string) {
  const [message, setMessage] = useState('newest');
  const { text, status, stop } = useRun(`/chats/${chat}/answer?message=${message}`);
  const ask = async (prompt: string) => {
    const key = crypto.randomUUID();
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ key, prompt });
    const { ok } = await fetch(`/chats/${chat}/messages`, { method: 'POST', headers, body });
    if (ok) setMessage(key); // the run has begun, and a new URL is a new text
  };
  return { text, ask, stop, isRunning: status === 'running', isWhole: status === 'completed' };
}
// #endregion

// #region text-of
interface Events {
  delta: { text: string };
  usage: { tokens: number };
}

export const useDeltas = (id: string | undefined) =>
  useRun<Events>(id && `/answers/${id}`, {
    textOf: ({ event, data }) => (event === 'delta' ? data.text : ''),
  });

// #endregion

// #region state
import { useChannelState } from '@pushwire/client/react';

interface Seat {
  user: string;
}

/** All seats that are taken, and a function that takes one. */
export const useSeats = () => useChannelState<Seat>('/seats', { set: '/seats' });

/** One of them. The component is rendered anew when this one changes. */
export const useSeat = (seat: string) =>
  useChannelState('/seats', { select: (seats: ReadonlyMap<string, Seat>) => seats.get(seat) });
// #endregion
