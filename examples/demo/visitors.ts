import { Refusal } from './refusal';

/** An open page and one of its panels. Pages make up their own ids. */
export interface Visitor {
  readonly visitor: string;
  readonly panel: string;
}

const idPattern = /^[A-Za-z0-9_-]{8,40}$/;
const panelPattern = /^[a-z-]{1,16}$/;

/** Channels of single panels, to which only the server publishes. */
export const visitorPrefix = 'visitor:';

/** @throws {Refusal} 400 for a bad id. */
export function readVisitorId(text: unknown, name = 'visitor'): string {
  if (typeof text === 'string' && idPattern.test(text)) return text;
  throw new Refusal(400, `The parameter "${name}" must have 8 to 40 of A-Z, a-z, 0-9, "_" and "-".`);
}

/** @throws {Refusal} 400 for a bad name. */
export function readPanel(text: string | undefined): string | undefined {
  if (text === undefined || panelPattern.test(text)) return text;
  throw new Refusal(400, 'The parameter "panel" must have 1 to 16 of a-z and "-".');
}

/** Returns the channel of one panel. */
export function visitorChannel({ visitor, panel }: Visitor): string {
  return `${visitorPrefix}${visitor}.${panel}`;
}
