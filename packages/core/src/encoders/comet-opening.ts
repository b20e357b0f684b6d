/** The page around an iframe, and the way in which it gets its events. */
export interface CometTarget {
  /** The function in the parent: a name, or names joined by dots. */
  readonly callback: string;
  /**
   * True if the callback is a request's choice that the app did not list by name. The iframe then
   * calls no function that each window has, such as `eval`.
   */
  readonly isRequested?: boolean;
  /** Posts messages to a parent of this origin instead of calling its function. */
  readonly origin?: string;
  /** The query parameter with the cursor when the iframe reloads itself. */
  readonly parameter: string;
}

/** The shortest pause before an iframe reloads itself, in ms. */
const minReload = 100;

/** A callback's name may begin with a digit, which needs brackets. */
const parentCall = (callback: string) => (/^\d/.test(callback) ? `parent["${callback}"]` : `parent.${callback}`);

/**
 * Makes the first script of the iframe, in ES5. Its function `_` gets an event's value, its cursor,
 * and the milliseconds until the iframe reloads itself. It removes the script element that called
 * it, stores the cursor, and passes the value to the parent.
 *
 * Published text must not run as a page of its own, where the parent is the document itself. There,
 * and for a callback that each window has, `_` does nothing and the document stops loading.
 */
export function openingScript({ callback, isRequested = false, origin, parameter }: CometTarget): string {
  const callParent =
    origin === undefined ? `${parentCall(callback)}(v)` : `parent.postMessage(v,${JSON.stringify(origin)})`;
  const refuses = isRequested ? `parent===w||${JSON.stringify(callback)} in w` : 'parent===w';
  const name = JSON.stringify(parameter);
  return (
    '(function(w){var c,t,d=document;' +
    `if(${refuses}){w._=function(){};w.stop?w.stop():d.execCommand("Stop");return}` +
    'w._=function(v,i,r){var s=d.getElementsByTagName("script");s=s[s.length-1];s.parentNode.removeChild(s);' +
    'if(i)c=i;if(r>=0&&!t)t=setTimeout(g,' +
    `r<${minReload}?${minReload}:r);` +
    `if(v!==void 0)${callParent}};` +
    'function g(){var p=location.search.slice(1).split("&"),q=[],j;' +
    `for(j=0;j<p.length;j++)if(p[j]&&p[j].split("=")[0]!==${name})q.push(p[j]);` +
    // A query alone keeps the origin and the path, even a path that begins with `//`.
    `if(c)q.push(${name}+"="+encodeURIComponent(c));location.replace("?"+q.join("&"))}` +
    '})(window)'
  );
}
