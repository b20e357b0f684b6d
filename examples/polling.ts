import { createHub, longPoll, poll } from '@pushwire/express';
import express from 'express';

const app = express();
const scores = createHub().channel('scores');

// #region polls
app.get('/scores/wait', longPoll(scores, { cache: true })); // held until there is a message; caches may share answers
app.get('/scores/now', poll(scores, { interval: 5_000 })); // answered at once
// #endregion

setInterval(() => scores.publish({ home: 1, away: 0 }), 1000).unref();
app.listen(process.env.PORT ?? 3000);
