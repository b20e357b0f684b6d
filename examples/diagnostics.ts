import { subscribe } from 'node:diagnostics_channel';
import { createHub, sse } from '@pushwire/express';
import express from 'express';

// #region diagnostics
subscribe('pushwire:closed', (told) => {
  const { transport, channels, reason } = told as { transport: string; channels: string[]; reason: string };
  console.log(`${transport} of ${channels.join()} closed: ${reason}`);
});
// #endregion

const app = express();
app.get('/news', sse(createHub().channel('news')));
app.listen(process.env.PORT ?? 3000);
