import type { IncomingMessage } from 'node:http';
import type { Order } from './orders';
import { readParameter } from './query';
import { Refusal } from './refusal';
import { readPanel, readVisitorId } from './visitors';

/** The longest disturbance, in seconds. */
const longest = 30;

/** Reads `?visitor=ID&panel=NAME&seconds=N`; without a panel it is for all of the visitor's. @throws Refusal 400. */
export function readOrder(act: Order['act'], request: IncomingMessage): Order {
  const seconds = readParameter(request, 'seconds') ?? '0';
  if (!/^\d{1,2}$/.test(seconds) || Number(seconds) > longest) {
    throw new Refusal(400, `The seconds are a whole number from 0 to ${longest}.`);
  }
  const visitor = readVisitorId(readParameter(request, 'visitor'));
  return { act, visitor, panel: readPanel(readParameter(request, 'panel')), seconds: Number(seconds) };
}
