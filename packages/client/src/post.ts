import { errorOf, PushwireError } from './error.js';
import { type Frame, withBytes } from './frame.js';

/**
 * What is sent by POST, one after the other, so that it arrives in its order.
 *
 * @param hear gets what the server answers to this client alone.
 */
export function posting(
  fetch: (body: string | Uint8Array) => Promise<Response>,
  hear: (frame: Frame) => void,
): (body: string | Uint8Array) => Promise<void> {
  let last: Promise<unknown> = Promise.resolve();
  const post = async (body: string | Uint8Array) => {
    const response = await fetch(body).catch((cause) => {
      throw new PushwireError('network', { cause });
    });
    const { ok, status } = response;
    if (!ok) throw errorOf({ status }, 'post');
    if (status !== 200) return;
    const { messages } = (await response.json()) as { messages: readonly Frame[] };
    for (const message of messages) hear(withBytes(message));
  };
  return (body) => {
    const sent = last.then(() => post(body));
    last = sent.catch(() => undefined);
    return sent;
  };
}
