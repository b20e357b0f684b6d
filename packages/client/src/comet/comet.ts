import { PushwireError } from '../wire/error.js';
import { type Frame, readFrame } from '../wire/frame.js';
import { addressOf, type Transport } from '../transports/transport.js';

let frames = 0;

/**
 * The forever iframe, for pages where nothing else streams: `connect(url, { transports: [comet, 'long-poll'] })`. A page of another
 * origin than the URL's gets its messages posted, where the server's option `origins` names it. It sends no `headers`.
 */
export const comet: Transport = {
  name: 'comet',
  open(request, { hear, over }) {
    const { origin } = new URL(request.url);
    const isForeign = origin !== location.origin;
    const callback = `pushwire_${++frames}_${request.client}`.replace(/\W/g, '').slice(0, 32);
    const iframe = document.createElement('iframe');
    const given = isForeign ? { origin: location.origin } : { callback };
    const stopping = new AbortController();
    const { signal } = stopping;
    const take = (frame: Frame) => {
      if (!signal.aborted) hear(readFrame(frame));
    };

    if (isForeign) {
      const listen = ({ source, data }: MessageEvent) => source === iframe.contentWindow && take(data);
      addEventListener('message', listen, { signal });
    } else {
      Object.assign(globalThis, { [callback]: take });
      signal.addEventListener('abort', () => Reflect.deleteProperty(globalThis, callback));
    }
    // A document that has ended has loaded; so has an error page. One that was cut says nothing.
    iframe.addEventListener('load', () => over(new PushwireError('network')), { signal });
    iframe.hidden = true;
    iframe.src = addressOf(request, 'comet', given);
    document.documentElement.append(iframe);
    return {
      close() {
        stopping.abort();
        iframe.remove();
      },
    };
  },
};
