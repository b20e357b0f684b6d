import uPlot from '/vendor/uplot.js';
import { shown } from './history.js';

const marks = { [-shown]: '2 min ago', [-shown / 2]: '1 min', 0: 'now' };

/** Draws lines of a history that scrolls to the left, with outages shaded. */
export class Chart {
  #plot;
  #history;
  #names;

  /** Draws `history()`. `hovered` gets the index of the ping under the pointer, or nothing. */
  constructor(place, history, { lines, range, whole }, hovered) {
    this.#history = history;
    this.#names = Object.keys(lines);
    const color = (name) => () => getComputedStyle(place).getPropertyValue(name);
    const axis = { stroke: color('--muted'), font: '11px system-ui, sans-serif', ticks: { show: false } };
    this.#plot = new uPlot(
      {
        width: place.clientWidth,
        height: place.clientHeight,
        legend: { show: false },
        padding: [8, 14, 0, 0],
        cursor: { y: false, drag: { setScale: false }, sync: { key: 'figures' }, points: { size: 7 } },
        scales: {
          x: { range: () => [history().now() - shown, history().now()] },
          y: { range: (_plot, lowest, highest) => range(highest ?? 1, lowest ?? 0) },
        },
        axes: [
          {
            ...axis,
            size: 24,
            grid: { show: false },
            splits: (plot) =>
              Object.keys(marks)
                .map((ago) => plot.scales.x.max + Number(ago))
                .sort(),
            values: (plot, splits) => splits.map((time) => marks[Math.round(time - plot.scales.x.max)]),
          },
          {
            ...axis,
            size: 34,
            space: 32,
            values: (_plot, splits) => splits.map(short),
            grid: { stroke: color('--grid'), width: 1 },
            ...(whole && { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] }),
          },
        ],
        series: [
          {},
          ...this.#names.map((_name, i) => ({
            stroke: color(i === 0 ? '--accent' : '--second'),
            ...(i === 0 && { fill: color('--fill') }),
            width: i === 0 ? 2 : 1.5,
            points: { show: false },
            ...(whole && { paths: uPlot.paths.stepped({ align: 1 }) }),
          })),
        ],
        hooks: {
          drawClear: [(plot) => shadeOutages(plot, history().outages, color('--outage')())],
          setCursor: [(plot) => hovered(plot.cursor.idx ?? undefined)],
        },
      },
      this.#data(),
      place,
    );
    new ResizeObserver(() => {
      this.#plot.setSize({ width: place.clientWidth, height: place.clientHeight });
    }).observe(place);
  }

  draw() {
    this.#plot.setData(this.#data());
  }

  #data() {
    const history = this.#history();
    return [history.times, ...this.#names.map((name) => history.column(name))];
  }
}

function short(value) {
  return value >= 1000 ? `${value / 1000}k` : String(value);
}

function shadeOutages(plot, outages, color) {
  const { left, top, width, height } = plot.bbox;
  plot.ctx.fillStyle = color;
  for (const { start, end = plot.scales.x.max } of outages) {
    const from = Math.max(left, plot.valToPos(start, 'x', true));
    const to = Math.min(left + width, plot.valToPos(end, 'x', true));
    if (to > from) plot.ctx.fillRect(from, top, to - from, height);
  }
}
