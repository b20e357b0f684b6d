import { type Transport, toPushwireError, urlOf } from '../transports/transport.js';
import { PushwireError } from '../wire/error.js';
import { type Frame, readFrame } from '../wire/frame.js';

/** Comet connections of this page so far, for unique names of callbacks. */
let count = 0;

/**
 * The forever iframe, for pages where nothing else streams. A page on another origin than the URL's
 * receives its messages by `postMessage`, if the server's option `origins` lists that page's
 * origin. Comet sends no `headers`.
 *
 * @example
 * ```ts
 * import { connect } from '@pushwire/client';
 * import { comet } from '@pushwire/client/comet';
 *
 * const news = connect('/news', { transports: ['sse', comet, 'long-poll'] });
 * news.on('headline', (headline) => console.log(headline));
 * ```
 */
export const comet: Transport = {
  name: 'comet',
  open(request, { onFrame, onClose }) {
    const { origin } = new URL(request.url);
    const isForeign = origin !== location.origin;
    const callback = `pushwire_${++count}_${request.client}`.replace(/\W/g, '').slice(0, 32);
    const iframe = document.createElement('iframe');
    const parameters = isForeign ? { origin: location.origin } : { callback };
    const closing = new AbortController();
    const { signal } = closing;
    const onData = (frame: Frame) => {
      if (signal.aborted) return;
      try {
        onFrame(readFrame(frame));
      } catch (cause) {
        onClose(new PushwireError('bad-data', { cause }));
      }
    };

    if (isForeign) {
      // Behind a redirect there may be a page of somebody else, with messages of its own.
      const onMessage = (event: MessageEvent) =>
        event.source === iframe.contentWindow && event.origin === origin && onData(event.data);
      addEventListener('message', onMessage, { signal });
    } else {
      Object.assign(globalThis, { [callback]: onData });
      signal.addEventListener('abort', () => Reflect.deleteProperty(globalThis, callback));
    }
    // The iframe loads when its document ends, and for an error page. A cut connection fires no
    // event.
    iframe.addEventListener('load', () => onClose(new PushwireError('network')), { signal });
    iframe.hidden = true;
    const load = (url: string) => {
      if (signal.aborted) return;
      iframe.src = url;
      document.documentElement.append(iframe);
    };
    request
      .addQuery(urlOf(request, 'comet', parameters))
      .then(load)
      .catch((cause) => onClose(toPushwireError(cause)));
    return {
      close() {
        closing.abort();
        iframe.remove();
      },
    };
  },
};
