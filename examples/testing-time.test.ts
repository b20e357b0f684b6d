// #region testing-time
import { events, FakeClock } from '@pushwire/core/testing';
import { createHub, sse } from '@pushwire/express';
import express from 'express';
import request from 'supertest';

test('a client that was away for too long learns of the gap', async () => {
  const clock = new FakeClock();
  const news = createHub({ clock, log: { age: 60_000 } }).channel('news');
  const app = express().get('/news', sse(news));
  const seen = await news.publish('seen');
  await news.publish('missed');
  clock.advance(61_000);
  await news.publish('kept');

  const { events: all } = await events(request(app).get(`/news?cursor=${seen}`), {
    until: (soFar) => soFar.some(({ data }) => data === 'kept'),
  });

  expect(all.map(({ event }) => event)).toEqual(['pushwire:open', 'pushwire:gap', 'message']);
});
// #endregion
