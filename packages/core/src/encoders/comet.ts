import type { Batch } from '../log/batch';
import { type Message, plainText } from '../log/message';
import { type ControlEvent, controls } from './control-events';
import type { Opening, TextualEncoder } from './encoder';
import { controlFrame, messageFrame } from './json-frame';

/** One event as a comet page's own mapping sees it. */
export interface FrameEvent {
  readonly id?: string;
  readonly event?: string;
  readonly data: unknown;
}

/** How the frames of one iframe reach its page. */
export interface CometTarget {
  /** What is called in the parent: a name, or names joined by dots. */
  readonly callback: string;
  /** Post messages to a parent of this origin instead of calling it. */
  readonly origin?: string;
  /** The nonce that lets this response's scripts run under its Content-Security-Policy. */
  readonly nonce?: string;
  /** The query parameter by which the frame comes back. */
  readonly parameter: string;
  /** The app's own mapping: what the parent gets for an event; `undefined` for nothing. */
  readonly map?: (event: FrameEvent) => unknown;
}

/** Bytes at the start of the document, since WebKit holds back the first KiB. */
const openingBytes = 1024;

/** Characters that could end the script element, begin a comment in it, or end a line of script. */
const unsafe = /[<>\u2028\u2029]/g;

/** JSON text that is safe inside a script element, and the same value. */
export function scriptSafe(json: string): string {
  return json.replace(unsafe, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** JSON text as script: the same value. In an object literal, a key `__proto__` would set the prototype. */
function literal(json: string): string {
  return scriptSafe(json.includes('"__proto__"') ? `JSON.parse(${JSON.stringify(json)})` : json);
}

/** A name that begins with a digit is a property all the same. */
const parentCall = (callback: string) => (/^\d/.test(callback) ? `parent["${callback}"]` : `parent.${callback}`);

/**
 * What runs first in the frame, in ES5: `_` takes an event's value, its cursor, and when to come back. It removes the
 * script element that calls it, remembers the cursor, and hands the value on.
 */
function helper({ callback, origin, parameter }: CometTarget): string {
  const handOn =
    origin === undefined ? `${parentCall(callback)}(v)` : `parent.postMessage(v,${JSON.stringify(origin)})`;
  const name = JSON.stringify(parameter);
  return (
    'var c;function _(v,i,r){var s=document.getElementsByTagName("script");s=s[s.length-1];s.parentNode.removeChild(s);' +
    'if(i)c=i;if(r>=0)setTimeout(g,r);' +
    `if(v!==void 0)${handOn}}` +
    'function g(){var l=location,p=l.search.slice(1).split("&"),q=[],j;' +
    `for(j=0;j<p.length;j++)if(p[j]&&p[j].split("=")[0]!==${name})q.push(p[j]);` +
    `if(c)q.push(${name}+"="+encodeURIComponent(c));l.replace(l.pathname+"?"+q.join("&"))}`
  );
}

/** The forever iframe: an HTML document of script calls into the page that holds it. */
export function cometEncoder(name: string, target: CometTarget): TextualEncoder {
  const { nonce, map } = target;
  const tag = nonce === undefined ? '<script>' : `<script nonce="${nonce}">`;
  const call = (frame: string | undefined, id?: string, retry?: number) => {
    const given = [frame === undefined ? 'void 0' : literal(frame)];
    if (id !== undefined || retry !== undefined) given.push(id === undefined ? '0' : scriptSafe(JSON.stringify(id)));
    if (retry !== undefined) given.push(String(retry));
    return `${tag}_(${given.join(',')})</script>\n`;
  };
  const mapped = (event: FrameEvent): string | undefined => JSON.stringify(map?.(event));
  const control = (event: ControlEvent, retry?: number) =>
    call(map ? mapped(event) : controlFrame(event), event.id, retry);
  const message = (given: Message, id?: string) => call(map ? mapped(eventOf(given, id)) : messageFrame(given, id), id);

  return {
    name,
    transport: 'comet',
    contentType: 'text/html; charset=utf-8',
    heartbeat: control(controls.heartbeat()),
    open(opening: Opening): string {
      const head = `<!doctype html><meta charset="utf-8"><title>Pushwire</title>${tag}${helper(target)}</script>\n`;
      const filling = Math.max(0, openingBytes - head.length, opening.padding);
      return `${head}<!--${' '.repeat(filling)}-->\n${control(controls.open(opening))}`;
    },
    batch({ gap, messages, cursors }: Batch): string {
      let text = gap ? control(controls.gap(gap)) : '';
      for (let i = 0; i < messages.length; i++) text += message(messages[i] as Message, cursors[i]);
      return text;
    },
    message,
    end: (cursor) => control(controls.end(cursor)),
    retry: (reason, retry) => control(controls.retry(reason, retry), retry),
    error: () => control(controls.error()),
  };
}

function eventOf(message: Message, id: string | undefined): FrameEvent {
  const data = message.kind === 'json' ? JSON.parse(message.body) : plainText(message);
  return { ...(id !== undefined && { id }), ...(message.event !== undefined && { event: message.event }), data };
}
