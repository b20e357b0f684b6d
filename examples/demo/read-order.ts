import type { IncomingMessage } from 'node:http';
import type { Order } from './orders';
import { readParameter } from './query';
import { Refusal } from './refusal';
import { readPanel, readVisitorId } from './visitors';

/** The longest disturbance, in seconds. */
const longest = 30;

/** Reads `?visitor=ID&panel=NAME&seconds=N`. The panel is optional. @throws {Refusal} 400. */
export function readOrder(act: Order['act'], request: IncomingMessage): Order {
  const seconds = readParameter(request, 'seconds') ?? '0';
  if (!/^\d{1,2}$/.test(seconds) || Number(seconds) > longest) {
    throw new Refusal(400, `The parameter "seconds" must be a whole number from 0 to ${longest}.`);
  }
  const visitor = readVisitorId(readParameter(request, 'visitor'));
  return { act, visitor, panel: readPanel(readParameter(request, 'panel')), seconds: Number(seconds) };
}
