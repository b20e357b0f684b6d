import { connect, messages } from '@pushwire/client';
import { connectShared } from '@pushwire/client/shared';

const url = process.env.NEWS ?? 'http://localhost:3000/news';

// #region token
const inbox = connect(url, {
  headers: async () => ({ authorization: `Bearer ${await freshToken()}` }), // called before each request
  cursor: '0', // start from the oldest message that is kept
});
// #endregion

// #region query
export const openInbox = () =>
  connect(url, {
    query: async () => ({ token: await freshToken() }), // called before each attempt, by WebSocket too
  });
// #endregion

// #region prompt
export function ask(prompt: string) {
  const answer = connect('http://localhost:3000/chat', { method: 'POST', body: prompt });
  answer.on('message', (text) => process.stdout.write(String(text)));
  answer.onError(({ code }) => {
    if (code === 'interrupted') console.log('… the answer broke off. Ask again?');
  });
  return answer;
}
// #endregion

// #region loop
async function readInbox(): Promise<void> {
  for await (const { event, data } of messages(inbox)) {
    if (event === 'pushwire:gap') console.log('Messages are missing', data);
    else console.log(event, data);
  }
}
// #endregion

// #region outcome
export function watchAnswer(id: string) {
  const answer = connect(`http://localhost:3000/answers/${id}`); // a route that serves a run
  answer.on('message', (token) => process.stdout.write(String(token)));
  answer.onStatus(({ status, end }) => {
    if (status === 'ended' && end?.outcome !== 'completed') console.log('… this is not the whole answer', end);
  });
  return answer;
}
// #endregion

// #region shared
const news = connectShared(url); // one connection for all tabs of a browser
news.on('headline', (headline) => console.log(headline));
// #endregion

async function freshToken(): Promise<string> {
  return 'secret';
}

readInbox();
process.on('SIGTERM', () => {
  inbox.close();
  news.close();
});
