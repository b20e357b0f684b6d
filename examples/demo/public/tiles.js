import { Chart } from './chart.js';
import { showRegularly } from './drawing.js';
import { tiles, valuesOf } from './figures.js';
import { History } from './history.js';

/** The figures of the node that serves this page. Each has a number, a detail and a chart. */
export class Tiles {
  #histories = new Map();
  #latest = new Map();
  #own;

  /** @param own the page's own connection, which knows its node. */
  constructor(own) {
    this.#own = own;
    for (const [name, tile] of Object.entries(tiles)) this.#make(name, tile);
    own.addEventListener('lost', () => this.#all((history) => history.lost()));
    own.addEventListener('back', () => this.#all((history) => history.back()));
  }

  take(figures) {
    const { name } = figures.node;
    this.#latest.set(name, figures);
    this.#historyOf(name).add(figures, valuesOf(figures));
  }

  #all(act) {
    for (const history of this.#histories.values()) act(history);
  }

  #historyOf(name) {
    let history = this.#histories.get(name);
    if (history === undefined) this.#histories.set(name, (history = new History()));
    return history;
  }

  #make(name, tile) {
    const place = document.querySelector(`[data-chart="${name}"]`);
    const value = place.querySelector('.value');
    const detail = place.querySelector('.detail');
    const picture = place.querySelector('.chart');
    const title = place.querySelector('h3').textContent;
    let hovered;
    const history = () => this.#historyOf(this.#own.node);
    const say = () => {
      const column = history().column(Object.keys(tile.lines)[0]);
      const latest = this.#latest.get(this.#own.node);
      if (latest === undefined || column.length === 0) return;
      const past = hovered !== undefined && column[hovered] !== undefined;
      value.textContent = tile.say(past ? column[hovered] : column.at(-1));
      detail.textContent = past ? `at ${clock(history().times[hovered])}` : tile.detail(latest);
      const [low, high] = [Math.min(...column), Math.max(...column)].map(tile.say);
      picture.ariaLabel = `${title}, the last two minutes: between ${low} and ${high}.`;
    };
    picture.role = 'img';
    const chart = new Chart(picture, history, tile, (index) => {
      hovered = index;
      say();
    });
    showRegularly(place, { say, draw: () => chart.draw() });
  }
}

function clock(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString();
}
