import { type Base, type Contest, entrantOf, namesOf } from '../contest';
import { contests } from '../contests';
import { formatSpread, layOut } from '../report/format';
import { type Result, readResult } from '../report/results';
import { ratioOf, type Spread, scenesOf } from '../report/summary';

interface Row {
  readonly what: string;
  readonly part: string;
  readonly variant: string;
  readonly figure: string;
  readonly base: Base;
  readonly perTurn?: number;
}

const sse = { part: 'fan-out', variant: 'pushwire-express', figure: 'micros' };
const fanOut = { what: 'CPU of an SSE event', ...sse, perTurn: 1 };
const socket = { part: 'idle', variant: 'socket-express', base: 'socket-ws-string' };
const empty = { part: 'empty-polls', variant: 'empty-pushwire', base: 'empty-express' };
const gzip = { part: 'compressed', variant: 'gzip-pushwire', base: 'gzip-off', perTurn: 1 };

/** The table of what Pushwire on Express costs beside its peers. */
const rows: readonly Row[] = [
  { ...fanOut, base: 'bare-buffer' },
  { ...fanOut, base: 'nchan' },
  { ...fanOut, base: 'better-sse' },
  { ...fanOut, what: 'the same, 16 events a turn', base: 'better-sse', perTurn: 16 },
  {
    ...{ what: 'CPU of a WebSocket event', part: 'sockets', variant: 'socket-express', figure: 'micros', perTurn: 1 },
    base: 'socket-ws-buffer',
  },
  { what: 'latency, p50', part: 'latency', variant: 'pushwire-express', figure: 'p50', base: 'bare-buffer' },
  {
    what: 'RSS of an idle SSE stream',
    part: 'idle',
    variant: 'pushwire-express',
    figure: 'rss',
    base: 'express-write',
  },
  { what: 'RSS of an idle WebSocket', ...socket, figure: 'rss' },
  { what: 'the same, reclaimed', ...socket, figure: 'reclaimed' },
  { what: 'heap of an idle WebSocket', ...socket, figure: 'heap' },
  { what: 'CPU to accept an SSE stream', ...sse, part: 'accept', base: 'express-write' },
  {
    ...{ what: 'CPU to accept a WebSocket', part: 'accept', variant: 'socket-express', figure: 'micros' },
    base: ['express-write', 'socket-ws-buffer'],
  },
  { what: 'CPU of a long poll', part: 'polls', variant: 'poll-pushwire', figure: 'micros', base: 'poll-express' },
  { what: 'RSS of a held poll', part: 'idle', variant: 'poll-pushwire', figure: 'rss', base: 'poll-express' },
  { what: 'the same, reclaimed', part: 'idle', variant: 'poll-pushwire', figure: 'reclaimed', base: 'poll-express' },
  { what: 'CPU of an empty poll, 304', ...empty, figure: 'unchanged' },
  { what: 'CPU of an event with `compress`', ...gzip, figure: 'micros' },
  { what: 'bytes of an event with `compress`', ...gzip, figure: 'wire' },
  {
    ...{ what: 'CPU of an event that is sent by hand', part: 'by-hand', variant: 'by-hand-express', figure: 'micros' },
    ...{ base: 'by-hand-better-sse', perTurn: 1 },
  },
  {
    ...{ what: 'busiest of two workers, CPU of an event', part: 'cluster', variant: 'two-workers', figure: 'micros' },
    ...{ base: 'one-worker', perTurn: 1 },
  },
];

/** Returns the ratios to peers at the fewest clients that were measured, with a column for each Node. */
export function glanceTable(folder: string): string {
  const found = rows.flatMap((row) => {
    const contest = contests.find(({ name }) => name === row.part);
    const result = contest && readResult(folder, contest);
    return contest && result ? [{ row, contest, ratios: ratiosOf(row, result) }] : [];
  });
  const nodes = [...new Set(found.flatMap(({ ratios }) => [...ratios.keys()]))].sort((a, b) => a - b);
  return layOut([
    ['Pushwire on Express', 'beside', ...nodes.map((node) => `Node ${node}`)],
    ...found.map(({ row, contest, ratios }) => [
      row.what,
      titleOf(contest, row.base),
      ...nodes.map((node) => {
        const ratio = ratios.get(node);
        return ratio === undefined ? '–' : formatSpread(ratio);
      }),
    ]),
  ]);
}

/** The ratios by major versions of Node. */
function ratiosOf({ variant, figure, base, perTurn }: Row, { machine, measurements }: Result): Map<number, Spread> {
  const scenes = scenesOf(measurements).filter((scene) => scene.perTurn === perTurn);
  const fewest = Math.min(...scenes.map(({ clients }) => clients));
  const ratios = new Map<number, Spread>();
  for (const scene of scenes.filter(({ clients }) => clients === fewest)) {
    const ratio = ratioOf(measurements, scene, variant, figure, base);
    if (ratio) ratios.set(Number.parseInt(scene.node ?? machine.node.replace('v', ''), 10), ratio);
  }
  return ratios;
}

function titleOf(contest: Contest, base: Base): string {
  return namesOf(base)
    .map((name) => entrantOf(contest, name).title)
    .join(' + ');
}
