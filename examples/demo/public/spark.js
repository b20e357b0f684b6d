import uPlot from '/vendor/uplot.js';
import { shown } from './rate.js';

/** The delays of all panels share one logarithmic scale, from 1 ms to 10 s. */
const delayRange = [1, 10_000];

const delayMarks = new Map([
  [1, '1 ms'],
  [10, '10'],
  [100, '100'],
  [1000, '1 s'],
  [10_000, '10 s'],
]);

const resolved = (place, name) => () => getComputedStyle(place).getPropertyValue(name);

/** Draws the delays of one panel in the last minute as points. */
export const delayChart = (place) =>
  new Spark(place, {
    padding: [8, 5, 6, 0],
    scales: { y: { distr: 3, range: delayRange } },
    axes: [
      { show: false },
      {
        stroke: resolved(place, '--muted'),
        font: '10px system-ui, sans-serif',
        size: 30,
        gap: 4,
        ticks: { show: false },
        grid: { stroke: resolved(place, '--grid'), width: 1 },
        splits: () => [...delayMarks.keys()],
        filter: (_plot, splits) => splits,
        values: (_plot, splits) => splits.map((value) => delayMarks.get(value)),
      },
    ],
    series: { width: 1.5, points: { show: true, size: 4 }, fill: undefined },
    least: delayRange[0],
  });

/** Draws the counts per second in the last minute as steps. */
export const rateChart = (place) =>
  new Spark(place, {
    padding: [3, 0, 0, 0],
    scales: { y: { range: (_plot, _low, high) => [0, Math.max(1, high ?? 1) * 1.1] } },
    axes: [{ show: false }, { show: false }],
    series: { width: 1.5, points: { show: false }, paths: uPlot.paths.stepped({ align: 1 }) },
    least: 0,
  });

class Spark {
  #plot;
  #least;

  constructor(place, { padding, scales, axes, series, least }) {
    this.#least = least;
    this.#plot = new uPlot(
      {
        ...sizeOf(place),
        padding,
        axes,
        scales: { x: { range: () => [this.to - shown, this.to] }, ...scales },
        legend: { show: false },
        cursor: { show: false },
        series: [{}, { stroke: resolved(place, '--accent'), fill: resolved(place, '--fill'), ...series }],
      },
      [[], []],
      place,
    );
    new ResizeObserver(() => this.#plot.setSize(sizeOf(place))).observe(place);
  }

  to = Date.now() / 1000;

  draw([times, values], to = Date.now() / 1000) {
    this.to = to;
    this.#plot.setData([times, values.map((value) => Math.max(this.#least, value))]);
  }
}

function sizeOf({ clientWidth: width, clientHeight: height }) {
  return { width, height };
}
