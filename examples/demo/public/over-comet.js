import { bytesOf } from './transfers.js';

/** Silence after the opening for which a frame is given up where the server did not say its heartbeat, in ms. */
const patience = 20_000;

/** What the frame calls. */
const callback = 'pushwireComet';

/**
 * The forever iframe: an endless document of script calls into this page. It comes back by itself when the server says
 * so; when it breaks off or falls silent, this brings it back.
 */
export async function overComet(urlOf, report, signal) {
  const frame = document.createElement('iframe');
  frame.hidden = true;
  frame.title = 'Carries the messages of the comet transport';
  const place = { cursor: undefined, silence: patience, retry: 1000 };
  let watch;

  const load = () => {
    watchFor(place.silence);
    frame.src = urlOf({ transport: 'comet', callback, cursor: place.cursor });
  };
  const watchFor = (ms) => {
    clearTimeout(watch);
    watch = setTimeout(() => {
      report.became('away');
      load();
    }, ms);
  };

  window[callback] = (event) => {
    watchFor(place.silence);
    report.received(bytesOf(JSON.stringify(event)));
    takeEvent(event);
  };

  function takeEvent({ id, event, data, ...rest }) {
    place.cursor = id ?? place.cursor;
    if (event === 'pushwire:open') {
      report.asked();
      report.became('live');
      // A heartbeat may be late.
      Object.assign(place, { silence: data.heartbeat + 5000, retry: data.retry });
    } else if (event === 'pushwire:end') {
      stop();
      report.became('ended');
    } else if (event === 'pushwire:retry') {
      report.became('away');
      place.retry = data.retry;
    }
    if (event === 'pushwire:gap') report.missed(data);
    if (!event?.startsWith('pushwire:')) report.told({ ...rest, event, data });
  }

  // The document is over, or an error page. One that merely broke off may fire nothing: its silence tells. The second
  // more is for a frame that comes back by itself.
  frame.addEventListener('load', () => {
    report.became('away');
    watchFor(place.retry + 1000);
  });

  function stop() {
    clearTimeout(watch);
    frame.remove();
    delete window[callback];
  }
  signal.addEventListener('abort', stop, { once: true });
  // A frame that never ends would keep the page's own load event from coming.
  await loaded();
  if (signal.aborted) return;
  load();
  document.body.append(frame);
}

function loaded() {
  return new Promise((resolve) => {
    if (document.readyState === 'complete') resolve();
    else addEventListener('load', () => setTimeout(resolve), { once: true });
  });
}
