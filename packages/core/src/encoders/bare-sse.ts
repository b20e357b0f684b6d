import { type Check, checkOptions } from '../checks/check-options';
import { misuse } from '../checks/errors';
import { type Message, plainText } from '../log/message';
import type { TextualEncoder } from './encoder';
import { encodeComment, encodeField } from './event-block';
import { encodeReconnection, paddingComment } from './sse';

const fieldNames = ['event', 'id', 'retry', 'data'] as const;

/** A field of a bare stream's messages. */
export type BareField = (typeof fieldNames)[number];

/** The spelling of a bare stream. */
export interface BareFormat {
  /** The order of the fields, each of them once. Defaults to `event`, `id`, `retry`, `data`. */
  order?: readonly BareField[];
  /** False leaves out the space after a field's colon, which clients drop. Defaults to true. */
  space?: boolean;
}

const isOrder = (value: unknown) =>
  Array.isArray(value) && value.length === fieldNames.length && fieldNames.every((name) => value.includes(name));

const formatChecks = {
  order: ((value) =>
    isOrder(value) ? undefined : `an array with each of ${fieldNames.join(', ')} once`) satisfies Check,
  space: ((value) => (typeof value === 'boolean' ? undefined : 'true or false')) satisfies Check,
};

/** @throws TypeError for a value that is no format, and for an unknown or bad property of one. */
export function bareFormatOf(bare: unknown): BareFormat | undefined {
  if (bare === undefined || bare === false) return undefined;
  if (bare === true) return {};
  if (typeof bare !== 'object' || bare === null) throw misuse('bare', 'true, false, or a format', bare);
  return checkOptions<BareFormat>('bare', bare, formatChecks);
}

/** The fields of a block, of which all but its data may be absent. */
interface BlockFields {
  readonly text: string;
  readonly event: string | undefined;
  readonly id: string | undefined;
  readonly retry: number | undefined;
}

export function bareMessage({ order = fieldNames, space = true }: BareFormat, fields: BlockFields): string {
  const { text, event, id, retry } = fields;
  let block = '';
  for (const name of order) {
    if (name === 'data') block += encodeField(name, text, space);
    else if (name === 'event' && event !== undefined) block += encodeField(name, event, space);
    else if (name === 'id' && id !== undefined) block += encodeField(name, id, space);
    else if (name === 'retry' && retry !== undefined) block += encodeField(name, String(retry), space);
  }
  return `${block}\n`;
}

/**
 * Makes the encoder of Server-Sent Events that have nothing but what the app sends: no event of the
 * protocol, no ids of a log, and no reconnection times.
 */
export function bareSseEncoder({ order = fieldNames, space = true }: BareFormat): TextualEncoder {
  const message = (value: Message, id?: string, retry?: number): string =>
    bareMessage({ order, space }, { text: plainText(value), event: value.event, id, retry });
  return {
    name: `sse bare ${order.join()}${space ? '' : ' without spaces'}`,
    transport: 'sse',
    contentType: 'text/event-stream',
    isBare: true,
    heartbeat: ':\n',
    open: paddingComment,
    batch: ({ messages }) => messages.map((each) => message(each)).join(''),
    message,
    comment: encodeComment,
    reconnection: (retry) => (space ? encodeReconnection(retry) : `retry:${retry}\n`),
    snapshot: () => '',
    end: () => '',
    retry: () => '',
    error: () => '',
  };
}
