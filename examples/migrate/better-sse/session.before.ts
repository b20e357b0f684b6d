import { createSession } from 'better-sse';
import express from 'express';

const app = express();

// Counts for each client alone, and goes on counting where a client left off.
app.get('/count', async (request, response) => {
  const session = await createSession(request, response, { retry: 5000 });
  let count = Number(session.lastId) || 0;
  await session.batch((buffer) => {
    buffer.comment('Counting begins.');
    buffer.push({ user: request.query.user, from: count }, 'welcome', String(count));
  });
  const timer = setInterval(() => {
    count++;
    session.push({ count }, 'count', String(count));
  }, 20);
  session.on('disconnected', () => clearInterval(timer));
});

export const server = app.listen(process.env.PORT ?? 3000);
