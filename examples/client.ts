// Runs in Node too: there, this stands for the page that a relative URL belongs to.
Object.assign(globalThis, { document: { baseURI: process.env.NEWS ?? 'http://localhost:3000/' } });

// #region client
import { connect } from '@pushwire/client';

// Event names and their data. The server can use the same type: hub.channel<News>('news').
interface News {
  message: string; // messages without a name
  headline: { headline: string };
}

const news = connect<News>('/news');

news.on('message', (text) => console.log(text));
news.on('headline', ({ headline }) => console.log(headline));
news.onGap(({ missed }) => console.log(`${missed ?? 'Some'} messages are lost: reload what you show`));
news.onStatus(({ status, transport }) => console.log(`${status} by ${transport}`));
news.onError(({ code, status }) => console.log(`${code} ${status ?? ''}`));
// #endregion

process.on('SIGTERM', () => news.close());
