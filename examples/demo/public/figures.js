const mebi = 1024 * 1024;

/** The four tiles: the values of their lines in a ping, and their words for them. */
export const tiles = {
  cpu: {
    lines: { cpu: ({ cpu }) => cpu.busy * 100 },
    say: (value) => value.toFixed(0),
    detail: ({ cpu }) => `of ${cpu.cores} cores · load ${cpu.load.map((load) => load.toFixed(2)).join('  ')}`,
    range: (highest) => [0, highest > 50 ? 100 : highest > 20 ? 50 : 20],
  },
  delay: {
    lines: { delay: ({ delay }) => delay.worst, delayMean: ({ delay }) => delay.mean },
    say: (value) => value.toFixed(1),
    detail: ({ delay }) => `worst in a second · mean ${delay.mean.toFixed(2)} ms`,
    range: (highest) => [0, Math.max(2, highest * 1.25)],
  },
  memory: {
    lines: { memory: ({ memory }) => memory.process / mebi },
    say: (value) => value.toFixed(1),
    detail: ({ memory }) => `the machine uses ${gibi(memory.used)} of ${gibi(memory.total)} GiB`,
    range: (highest, lowest) => [Math.max(0, Math.floor(lowest - 4)), Math.ceil(highest + 4)],
  },
  connections: {
    lines: { connections: ({ connections }) => connections },
    say: (value) => value.toFixed(0),
    detail: ({ connections }) => (connections === 1 ? 'one, on this node' : 'on this node, including this page'),
    range: (highest) => [0, Math.max(4, highest + 1)],
    whole: true,
  },
};

/** Returns the values of all lines at one ping, by the line's name. */
export function valuesOf(figures) {
  const lines = Object.values(tiles).flatMap((tile) => Object.entries(tile.lines));
  return Object.fromEntries(lines.map(([name, read]) => [name, read(figures)]));
}

function gibi(bytes) {
  return (bytes / mebi / 1024).toFixed(1);
}
