// #region testing

import { events } from '@pushwire/core/testing';
import { createHub, sse } from '@pushwire/express';
import express from 'express';
import request from 'supertest';

test('a client gets the news', async () => {
  const news = createHub().channel('news');
  const app = express().get('/news', sse(news));
  await news.publish({ headline: 'It works' });

  const { status, messages } = await events(request(app).get('/news?cursor=0'), { take: 1 });

  expect(status).toBe(200);
  expect(messages).toMatchObject([{ event: 'message', data: '{"headline":"It works"}' }]);
});
// #endregion
