import { createHub, push } from '@pushwire/express';
import express from 'express';

const app = express();
const hub = createHub();

// #region rooms
app.get(
  '/rooms/:room',
  push((request) => hub.channel(`room:${request.params.room}`)),
);
// #endregion

app.listen(process.env.PORT ?? 3000);
