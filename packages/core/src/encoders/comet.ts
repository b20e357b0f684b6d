import type { Batch } from '../log/batch';
import { type Message, plainText } from '../log/message';
import { type ControlEvent, controls } from './control-events';
import type { Opening, TextualEncoder } from './encoder';
import { controlFrame, messageFrame } from './json-frame';

/** An event, as the app's `map` function gets it. */
export interface FrameEvent {
  readonly id?: string;
  readonly event?: string;
  readonly data: unknown;
}

/** The way in which the events of one iframe reach its page. */
export interface CometTarget {
  /** The function in the parent: a name, or names joined by dots. */
  readonly callback: string;
  /** Posts messages to a parent of this origin instead of calling its function. */
  readonly origin?: string;
  /** The nonce of the response's Content-Security-Policy, which allows its scripts. */
  readonly nonce?: string;
  /** The query parameter with the cursor when the iframe reloads itself. */
  readonly parameter: string;
  /** Makes the value that the parent gets for an event. For `undefined` it gets nothing. */
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

/** A callback's name may begin with a digit, which needs brackets. */
const parentCall = (callback: string) => (/^\d/.test(callback) ? `parent["${callback}"]` : `parent.${callback}`);

/**
 * Makes the first script of the iframe, in ES5. Its function `_` gets an event's value, its cursor,
 * and the milliseconds until the iframe reloads itself. It removes the script element that called
 * it, stores the cursor, and passes the value to the parent.
 */
function helper({ callback, origin, parameter }: CometTarget): string {
  const callParent =
    origin === undefined ? `${parentCall(callback)}(v)` : `parent.postMessage(v,${JSON.stringify(origin)})`;
  const name = JSON.stringify(parameter);
  return (
    'var c;function _(v,i,r){var s=document.getElementsByTagName("script");s=s[s.length-1];s.parentNode.removeChild(s);' +
    'if(i)c=i;if(r>=0)setTimeout(g,r);' +
    `if(v!==void 0)${callParent}}` +
    'function g(){var l=location,p=l.search.slice(1).split("&"),q=[],j;' +
    `for(j=0;j<p.length;j++)if(p[j]&&p[j].split("=")[0]!==${name})q.push(p[j]);` +
    `if(c)q.push(${name}+"="+encodeURIComponent(c));l.replace(l.pathname+"?"+q.join("&"))}`
  );
}

/** Makes the encoder of a forever iframe: an HTML document of script calls into its parent page. */
export function cometEncoder(name: string, target: CometTarget): TextualEncoder {
  const { nonce, map } = target;
  const tag = nonce === undefined ? '<script>' : `<script nonce="${nonce}">`;
  const call = (frame: string | undefined, id?: string, retry?: number) => {
    const args = [frame === undefined ? 'void 0' : literal(frame)];
    if (id !== undefined || retry !== undefined) args.push(id === undefined ? '0' : scriptSafe(JSON.stringify(id)));
    if (retry !== undefined) args.push(String(retry));
    return `${tag}_(${args.join(',')})</script>\n`;
  };
  const mapped = (event: FrameEvent): string | undefined => JSON.stringify(map?.(event));
  const control = (event: ControlEvent, retry?: number) =>
    call(map ? mapped(event) : controlFrame(event), event.id, retry);
  const message = (value: Message, id?: string) => call(map ? mapped(eventOf(value, id)) : messageFrame(value, id), id);

  return {
    name,
    transport: 'comet',
    contentType: 'text/html; charset=utf-8',
    heartbeat: control(controls.heartbeat()),
    open(opening: Opening): string {
      const head = `<!doctype html><meta charset="utf-8"><title>Pushwire</title>${tag}${helper(target)}</script>\n`;
      const padding = Math.max(0, openingBytes - head.length, opening.padding);
      return `${head}<!--${' '.repeat(padding)}-->\n${control(controls.open(opening))}`;
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
