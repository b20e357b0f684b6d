import { Ledger } from './ledger.js';

/** How many delays the mean is made of. */
const delays = 30;

/** How long a message stays in sight while pings come, in ms. */
const stay = 5000;

/** Counts what comes over one transport, and shows it. Its functions are what a transport reports to. */
export class Panel {
  #place;
  #messages = 0;
  #requests = 0;
  #bytes = 0;
  #ledger = new Ledger();
  #delays = [];
  #last = '';
  #lastAt = Number.NEGATIVE_INFINITY;
  #pending = false;

  constructor(place) {
    this.#place = place;
  }

  /** The transport begins anew, from now: what was said before is not lost. */
  begin() {
    this.#ledger.restart();
    this.became('connecting');
  }

  asked = () => {
    this.#requests++;
    this.#showSoon();
  };

  received = (bytes) => {
    this.#bytes += bytes;
    this.#showSoon();
  };

  told = ({ event, data }) => {
    this.#messages++;
    if (event === 'ping' && data?.time) this.#takePing(data);
    else this.#remember(typeof data === 'string' ? data : JSON.stringify(data));
    this.#showSoon();
  };

  missed = ({ reason }) => {
    // Another life of the server counts anew.
    if (reason === 'epoch') this.#ledger.restart();
  };

  became = (state) => {
    this.#place.dataset.state = state;
    this.#showSoon();
  };

  #takePing({ n, time }) {
    if (Number.isInteger(n)) this.#ledger.take(n, 'live');
    this.#delays.push(Math.max(0, Date.now() - Date.parse(time)));
    if (this.#delays.length > delays) this.#delays.shift();
    if (performance.now() - this.#lastAt > stay) this.#last = `ping ${n}`;
  }

  #remember(text) {
    this.#last = text.length > 200 ? `${text.slice(0, 200)}…` : text;
    this.#lastAt = performance.now();
  }

  /** Many messages may come at once: they are drawn once. */
  #showSoon() {
    if (this.#pending) return;
    this.#pending = true;
    requestAnimationFrame(() => {
      this.#pending = false;
      this.#show();
    });
  }

  #show() {
    this.#say('messages', this.#messages.toLocaleString());
    this.#say('requests', this.#requests.toLocaleString());
    this.#say('bytes', sayBytes(this.#bytes));
    const sum = this.#delays.reduce((all, one) => all + one, 0);
    if (this.#delays.length > 0) this.#say('delay', `${Math.round(sum / this.#delays.length).toLocaleString()} ms`);
    const { missing, twice } = this.#ledger.tally;
    this.#say('lost', missing.toLocaleString());
    this.#say('twice', twice.toLocaleString());
    this.#say('last', this.#last || 'nothing yet');
    this.#say('state', this.#place.dataset.state);
  }

  #say(figure, text) {
    this.#place.querySelector(`[data-figure="${figure}"]`).textContent = text;
  }
}

function sayBytes(bytes) {
  if (bytes < 10_000) return `${bytes.toLocaleString()} B`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(2)} MB`;
}
