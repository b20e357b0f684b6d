import type { IncomingMessage } from 'node:http';
import type { Connection } from '@pushwire/core';
import { readParameter } from './query';
import { Refusal } from './refusal';

/** Milliseconds for which a slow line takes bytes. */
const look = 200;

/** The slowest pace, in ms. Clients give up a connection that is silent for longer. */
const slowest = 5000;

/** Reads `?pace=MS`, how often a client takes bytes. @throws {Refusal} 400. */
export function readPace(request: IncomingMessage): number {
  const pace = readParameter(request, 'pace') ?? '0';
  if (/^\d{1,4}$/.test(pace) && Number(pace) <= slowest) return Number(pace);
  throw new Refusal(400, `The parameter "pace" must be a whole number from 0 to ${slowest}.`);
}

/**
 * Makes a stream slow: its socket takes bytes only for a moment in each `pace` ms, and is full in
 * between, as behind a network that is too slow. Polls have their own pace.
 */
export function slowDown({ transport, closed }: Connection, { socket }: IncomingMessage, pace: number): void {
  if (pace <= look || !['sse', 'websocket'].includes(transport)) return;
  let isCorked = false;
  const turn = () => {
    if (isCorked) socket.uncork();
    else socket.cork();
    isCorked = !isCorked;
    timer = setTimeout(turn, isCorked ? pace - look : look);
  };
  let timer = setTimeout(turn, look);
  closed.then(() => {
    clearTimeout(timer);
    if (isCorked) socket.uncork();
  });
}
