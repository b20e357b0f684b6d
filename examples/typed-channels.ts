import { connect } from '@pushwire/client';
import { createHub, sse } from '@pushwire/express';
import express from 'express';

// #region events
/** The events of one channel and their data. `message` stands for events without a name. */
export interface News {
  message: string;
  headline: { text: string; url: string };
}
// #endregion

// #region server
const news = createHub().channel<News>('news');

news.publish('The feed is live');
news.publish({ text: 'It works', url: '/1' }, { event: 'headline' });
// @ts-expect-error a headline is an object
news.publish('It works', { event: 'headline' });
// #endregion

const app = express();
app.get('/news', sse(news));
app.listen(3000);

// #region client
const connection = connect<News>('http://localhost:3000/news');

connection.on('headline', ({ text, url }) => console.log(text, url)); // both are strings
// #endregion
