// #region client
import { connect } from '@pushwire/client';

// Event names and their data. The server can use the same type: hub.channel<News>('news').
interface News {
  headline: { headline: string };
}

const news = connect<News>(process.env.NEWS ?? 'http://localhost:3000/news');

news.on('headline', ({ headline }) => console.log(headline));
news.onGap(({ missed }) => console.log(`${missed ?? 'Some'} messages are lost: reload what you show`));
news.onStatus(({ status, transport }) => console.log(`${status} by ${transport}`));
news.onError(({ code, status }) => console.log(`${code} ${status ?? ''}`));
// #endregion

process.on('SIGTERM', () => news.close());
