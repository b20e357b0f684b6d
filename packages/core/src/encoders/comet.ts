import type { Batch } from '../log/batch';
import { toJson } from '../log/json-text';
import { type Message, plainText } from '../log/message';
import { type CometTarget, openingScript } from './comet-opening';
import { type ControlEvent, controls } from './control-events';
import type { Opening, TextualEncoder } from './encoder';
import { controlFrame, messageFrame } from './json-frame';

/** An event, as the app's `map` function gets it. */
export interface FrameEvent {
  readonly id?: string;
  readonly event?: string;
  readonly data: unknown;
}

/** The parts on which the bytes of messages depend. Iframes with the same format share them. */
export interface CometFormat {
  /** The name of the encoders. Each format needs its own. */
  readonly name: string;
  /** The nonce of a Content-Security-Policy, which allows the scripts. */
  readonly nonce?: string;
  /** Makes the value that the page gets for an event. For `undefined` it gets nothing. */
  readonly map?: (event: FrameEvent) => unknown;
}

/** The document begins with at least so many bytes, since WebKit holds back the first KiB. */
const openingBytes = 1024;

/** Characters that could end a script element, begin a comment in it, or end a line of script. */
const unsafe = /[<>\u2028\u2029]/g;

/** Escapes JSON text for a script element. Its value stays the same. */
export function scriptSafe(json: string): string {
  return json.replace(unsafe, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/**
 * Turns JSON text into a script expression with the same value. In an object literal, a key
 * `__proto__` would set the prototype.
 */
function literal(json: string): string {
  return scriptSafe(json.includes('"__proto__"') ? `JSON.parse(${JSON.stringify(json)})` : json);
}

export const cometContentType = 'text/html; charset=utf-8';

export const scriptTag = (nonce: string | undefined) =>
  nonce === undefined ? '<script>' : `<script nonce="${nonce}">`;

/**
 * Makes a script element that passes a value to the page.
 *
 * @param json the value as JSON text. Without one, the page gets nothing.
 * @param id the cursor that the iframe stores.
 * @param retry milliseconds until the iframe reloads itself.
 */
export function scriptCall(tag: string, json: string | undefined, id?: string, retry?: number): string {
  const args = [json === undefined ? 'void 0' : literal(json)];
  if (id !== undefined || retry !== undefined) args.push(id === undefined ? '0' : scriptSafe(JSON.stringify(id)));
  if (retry !== undefined) args.push(String(retry));
  return `${tag}_(${args.join(',')})</script>\n`;
}

/** Makes the beginning of the document, with the function that the calls need. */
export function documentHead(target: CometTarget, tag: string, padding: number): string {
  const script = `${tag}${openingScript(target)}</script>`;
  const head = `<!doctype html><meta charset="utf-8"><title>Pushwire</title>${script}\n`;
  return `${head}<!--${' '.repeat(Math.max(0, openingBytes - head.length, padding))}-->\n`;
}

/**
 * Makes the encoders of forever iframes: HTML documents of script calls into their parent pages.
 * The encoders of one format differ in their openings only. All iframes then share the bytes of
 * messages, whatever function of their page they call.
 */
export function cometEncoders({ name, nonce, map }: CometFormat): (target: CometTarget) => TextualEncoder {
  const tag = scriptTag(nonce);
  const call = (frame: string | undefined, id?: string, retry?: number) => scriptCall(tag, frame, id, retry);
  const mapped = (event: FrameEvent): string | undefined => {
    const value = map?.(event);
    return value === undefined ? undefined : toJson(value, 'map');
  };
  const control = (event: ControlEvent, retry?: number) =>
    call(map ? mapped(event) : controlFrame(event), event.id, retry);
  const message = (value: Message, id?: string) => call(map ? mapped(eventOf(value, id)) : messageFrame(value, id), id);

  const shared: Omit<TextualEncoder, 'open'> = {
    name,
    transport: 'comet',
    contentType: cometContentType,
    heartbeat: control(controls.heartbeat()),
    batch({ gap, messages, cursors }: Batch): string {
      let text = gap ? control(controls.gap(gap)) : '';
      for (let i = 0; i < messages.length; i++) text += message(messages[i] as Message, cursors[i]);
      return text;
    },
    message,
    snapshot: (cursor) => control(controls.snapshot(cursor)),
    moved: (cursor) => control(controls.cursor(cursor)),
    end: (cursor, outcome) => control(controls.end(cursor, outcome)),
    retry: (reason, retry) => control(controls.retry(reason, retry), retry),
    error: () => control(controls.error()),
  };
  return (target) => ({
    ...shared,
    open: (opening: Opening) => documentHead(target, tag, opening.padding) + control(controls.open(opening)),
  });
}

function eventOf(message: Message, id: string | undefined): FrameEvent {
  const data = message.kind === 'json' ? JSON.parse(plainText(message)) : plainText(message);
  return { ...(id !== undefined && { id }), ...(message.event !== undefined && { event: message.event }), data };
}
