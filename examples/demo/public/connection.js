/** A pause of this length after the opening of a stream tells that all which had waited is here, in ms. */
const pause = 100;

/** On a channel that never pauses, what comes counts as live after this time, in ms. */
const longestCatchUp = 2000;

/** How long to wait after the browser itself has given up, in ms. */
const patience = 3000;

/**
 * The page's stream: a native EventSource, which comes back by itself and says where it was.
 *
 * Raises `state` (connecting, live, away, ended), `message` (every event of the channels), `back` (how long it was
 * away, in ms), `settled` (all that had waited is here) and `gap` (messages that are gone for good).
 */
export class Connection extends EventTarget {
  #url;
  #source;
  #names = new Set(['message']);
  #state = 'connecting';
  #cursor = '';
  #lostAt;
  #openedAt = 0;
  /** How messages arrive at this moment: `live`, or at once after the opening: from the `history`, or on `return`. */
  #arrival = 'history';
  #settling;

  constructor(url) {
    super();
    this.#url = url;
  }

  get names() {
    return [...this.#names];
  }

  get state() {
    return this.#state;
  }

  open() {
    const url = new URL(this.#url, location.href);
    // A new EventSource sends no Last-Event-ID; the query says the same. 0 asks for the oldest that is kept.
    url.searchParams.set('cursor', this.#cursor || '0');
    const source = (this.#source = new EventSource(url));
    source.addEventListener('pushwire:open', (event) => this.#opened(event));
    source.addEventListener('pushwire:gap', (event) => this.#tell('gap', JSON.parse(event.data)));
    source.addEventListener('pushwire:end', () => this.#ended());
    source.addEventListener('error', () => this.#failed());
    for (const name of this.#names) source.addEventListener(name, this.#heard);
  }

  /** An EventSource hears only events whose names it was told. */
  listen(name) {
    if (this.#names.has(name) || name.startsWith('pushwire:') || name === 'error' || name === 'open') return;
    this.#names.add(name);
    this.#source?.addEventListener(name, this.#heard);
  }

  #opened(event) {
    this.#cursor = event.lastEventId;
    this.#openedAt = performance.now();
    this.#become('live');
    if (this.#lostAt !== undefined) this.#tell('back', { away: this.#openedAt - this.#lostAt });
    this.#lostAt = undefined;
    this.#settleSoon();
  }

  #heard = (event) => {
    this.#cursor = event.lastEventId;
    this.#tell('message', { name: event.type, data: event.data, at: Date.now(), arrival: this.#arrival });
    if (this.#arrival !== 'live' && performance.now() - this.#openedAt < longestCatchUp) this.#settleSoon();
  };

  #settleSoon() {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => {
      this.#arrival = 'live';
      this.#tell('settled');
    }, pause);
  }

  #failed() {
    if (this.#state === 'ended') return;
    this.#lostAt ??= performance.now();
    // What was never connected has still to read the history.
    if (this.#openedAt > 0) this.#arrival = 'return';
    clearTimeout(this.#settling);
    this.#become('away');
    // After an answer that is no stream, a browser does not come back by itself.
    if (this.#source.readyState === EventSource.CLOSED) setTimeout(() => this.open(), patience);
  }

  #ended() {
    this.#source.close();
    this.#become('ended');
  }

  #become(state) {
    if (this.#state === state) return;
    this.#state = state;
    this.#tell('state', state);
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
