import { visitor } from './visitor.js';

/** Makes the server disturb this page or one panel. @throws Error with a sentence. */
export async function disturb(act, { panel, seconds = 0 } = {}) {
  const query = new URLSearchParams({ visitor, seconds, ...(panel && { panel }) });
  await post(`/demo/${act}?${query}`);
}

/** @throws Error with a sentence for the user. */
export async function post(url, request = {}) {
  const response = await fetch(url, { method: 'POST', ...request }).catch((cause) => {
    throw new Error('The server cannot be reached.', { cause });
  });
  const isJson = response.headers.get('content-type')?.startsWith('application/json');
  const answer = isJson ? await response.json() : undefined;
  if (response.ok) return answer;
  throw new Error(answer?.error ?? `The server answered ${response.status}.`);
}
