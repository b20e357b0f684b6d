import { AnswerError, connectTwoWay } from '@pushwire/client/two-way';

const origin = process.env.ORIGIN ?? 'http://localhost:3000';

// #region ask
const theater = connectTwoWay(`${origin}/seats`, { outbox: true });

export async function reserve(seat: string, name: string) {
  try {
    const { left } = await theater.request<{ left: number }>({ seat, name }, { timeout: 5000 });
    return `Reserved. ${left} seats are left.`;
  } catch (error) {
    if (error instanceof AnswerError && error.code === 'taken') return error.message;
    throw error;
  }
}
// #endregion

// #region topics
const chat = connectTwoWay(`${origin}/rooms`, { topics: ['blue'] });
chat.on('message', (text) => console.log(text));

export async function moveToRed() {
  await chat.subscribe('red'); // rejects with a status 404 if there is no such room
  await chat.leave('blue');
  return chat.topics;
}
// #endregion

export function leave() {
  theater.close();
  chat.close();
}
