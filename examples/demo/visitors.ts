import { Refusal } from './refusal';

/** A page that is open somewhere, and one of its panels; pages make up their own ids. */
export interface Visitor {
  readonly visitor: string;
  readonly panel: string;
}

const idPattern = /^[A-Za-z0-9_-]{8,40}$/;
const panelPattern = /^[a-z-]{1,16}$/;

/** Channels on which single panels are told things; nobody else may publish there. */
export const visitorPrefix = 'visitor:';

/** @throws Refusal 400 for an id that is none. */
export function readVisitorId(text: string | undefined): string {
  if (text !== undefined && idPattern.test(text)) return text;
  throw new Refusal(400, 'The parameter "visitor" is an id of 8 to 40 of A-Z, a-z, 0-9, "_" and "-".');
}

/** @throws Refusal 400 for a panel that is none. */
export function readPanel(text: string | undefined): string | undefined {
  if (text === undefined || panelPattern.test(text)) return text;
  throw new Refusal(400, 'The parameter "panel" is 1 to 16 of a-z and "-".');
}

/** The channel of one panel. */
export function visitorChannel({ visitor, panel }: Visitor): string {
  return `${visitorPrefix}${visitor}.${panel}`;
}
