// #region testing-live
import { listen } from '@pushwire/core/testing';
import { createHub, push } from '@pushwire/express';
import express from 'express';
import request from 'supertest';

test.each(['sse', 'long-poll'] as const)('a connected client gets the news by %s', async (transport) => {
  const news = createHub().channel('news');
  const app = express().get('/news', push(news));

  const stream = listen(request(app).get('/news'), { transport });
  await stream.opened;
  await news.publish({ headline: 'It works' }, { event: 'headline' });

  expect(await stream.next()).toMatchObject({ event: 'headline', data: '{"headline":"It works"}' });
  await stream.close();
});
// #endregion
