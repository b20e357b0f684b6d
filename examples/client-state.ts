// #region state
import { connectState } from '@pushwire/client/state';

interface Seat {
  user: string;
}

// POSTs { key, value } or { key, deleted: true } to the same URL, where the app decides.
const seats = connectState<Seat>('http://localhost:3000/seats', { set: 'http://localhost:3000/seats' });

seats.onChange((keys) => {
  for (const key of keys) console.log(`${key}: ${seats.get(key)?.user ?? 'free'}`);
});
seats.on('12A', (seat) => console.log(seat ? 'Your seat is taken' : 'Your seat is free'));

export async function take(seat: string, user: string): Promise<void> {
  try {
    await seats.set(seat, { user }); // shown at once
  } catch (error) {
    console.log('It is free again', error);
  }
}

export const giveBack = (seat: string) => seats.delete(seat); // gone at once
// #endregion
