import { Chart } from './chart.js';
import { tiles, valuesOf } from './figures.js';
import { History } from './history.js';

/** The stat tiles: a number, a line of detail and a moving chart each. */
export class Tiles {
  #history = new History();
  #latest;
  #shown = [];
  #pending = false;

  constructor(connection) {
    for (const [name, tile] of Object.entries(tiles)) this.#shown.push(this.#make(name, tile));
    connection.addEventListener('state', ({ detail }) => detail === 'away' && this.#history.lost());
    connection.addEventListener('back', () => this.#history.back());
    // The time moves on while nothing comes.
    setInterval(() => this.#drawSoon(), 1000);
  }

  take(figures) {
    this.#latest = figures;
    this.#history.add(figures, valuesOf(figures));
    this.#drawSoon();
  }

  restart() {
    this.#history.clear();
  }

  /** Many pings may come at once on return: they are drawn once. */
  #drawSoon() {
    if (this.#pending || document.hidden) return;
    this.#pending = true;
    requestAnimationFrame(() => {
      this.#pending = false;
      for (const { chart, say } of this.#shown) {
        chart.draw();
        say();
      }
    });
  }

  #make(name, tile) {
    const place = document.querySelector(`[data-chart="${name}"]`);
    const value = place.querySelector('.value');
    const detail = place.querySelector('.detail');
    const picture = place.querySelector('.chart');
    const title = place.querySelector('h2').textContent;
    const column = this.#history.column(Object.keys(tile.lines)[0]);
    let hovered;
    const say = () => {
      if (this.#latest === undefined || column.length === 0) return;
      const past = hovered !== undefined && column[hovered] !== undefined;
      value.textContent = tile.say(past ? column[hovered] : column.at(-1));
      detail.textContent = past ? `at ${clock(this.#history.times[hovered])}` : tile.detail(this.#latest);
      const [low, high] = [Math.min(...column), Math.max(...column)].map(tile.say);
      picture.ariaLabel = `${title}, the last two minutes: between ${low} and ${high}.`;
    };
    picture.role = 'img';
    const chart = new Chart(picture, this.#history, tile, (index) => {
      hovered = index;
      say();
    });
    return { chart, say };
  }
}

function clock(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString();
}
