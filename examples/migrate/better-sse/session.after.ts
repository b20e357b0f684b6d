import { openStream } from '@pushwire/express';
import express from 'express';

const app = express();

// Counts for each client alone, and goes on counting where a client left off.
app.get('/count', async (request, response) => {
  const stream = await openStream(request, response, { transport: 'sse', retry: 5000 });
  let count = Number(stream.lastEventId ?? 0);
  stream.comment('Counting begins.');
  stream.send({ user: request.query.user, from: count }, { event: 'welcome', id: String(count) });
  const timer = setInterval(() => {
    count++;
    stream.send({ count }, { event: 'count', id: String(count) });
  }, 20);
  stream.closed.then(() => clearInterval(timer));
});

export const server = app.listen(process.env.PORT ?? 3000);
