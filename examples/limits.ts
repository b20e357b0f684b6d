import { createHub, sse } from '@pushwire/express';
import express, { type Request } from 'express';

// #region limits
const hub = createHub({
  limits: { connections: 20_000, perClient: 10, messageBytes: 64 * 1024 },
  clientKey: (request: Request) => request.get('x-api-key') ?? request.ip ?? '',
});
// #endregion

const app = express();
app.get('/news', sse(hub.channel('news')));
app.listen(process.env.PORT ?? 3000);
