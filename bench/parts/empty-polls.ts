import { pollEmpty } from '../clients/empty-polls';
import { stayAwake } from '../clients/stay-awake';
import type { Contest, Measurement, Subject } from '../contest';
import { type EmptyPollEntrant, emptyPolls as entrants } from '../entrants';
import { withServer } from '../processes/server-handle';

/** Polls of a measurement for each of its seconds. A plain handler answers about so many. */
const pollsPerSecond = 20_000;

/**
 * Node 24 compiles what serves a request until about 30,000 have come. The three kinds take turns
 * meanwhile: V8 throws code away that it has compiled for one of them when another comes.
 */
const warmUps = 4;

const [onExpress, onKoa] = [
  { base: 'empty-express', variant: 'empty-pushwire' },
  { base: 'empty-koa', variant: 'empty-pushwire-koa' },
];
const keys = ['unchanged', 'empty', 'noContent'] as const;

/** The server's cost of a poll that is answered at once, since nothing is new. */
export const emptyPolls: Contest<EmptyPollEntrant> = {
  name: 'empty-polls',
  heading: 'Empty polls: server CPU per request that finds nothing new',
  entrants,
  figures: [
    { key: 'unchanged', title: 'interval poll, 304', unit: 'µs', charted: true },
    { key: 'empty', title: 'interval poll, 200', unit: 'µs', charted: true },
    { key: 'noContent', title: 'long poll, 204', unit: 'µs', charted: true },
  ],
  comparisons: [
    { figure: 'unchanged', base: 'empty-express', column: '304 × plain Express' },
    { figure: 'empty', base: 'empty-express', column: '200 × plain Express' },
    { figure: 'noContent', base: 'empty-express', column: '204 × plain Express' },
    { figure: 'unchanged', base: 'empty-koa', column: '304 × plain Koa' },
    { figure: 'empty', base: 'empty-koa', column: '200 × plain Koa' },
    { figure: 'noContent', base: 'empty-koa', column: '204 × plain Koa' },
  ],
  targets: [onExpress, onKoa].flatMap((pair) => keys.map((figure) => ({ ...pair, figure, most: 1.05 }))),
  packages: ['express', 'koa'],
  clients: [100],
  rounds: 5,
  measure: ({ entrant, clients, plan }: Subject<EmptyPollEntrant>) =>
    withServer(entrant.start(plan.node), async (server) => {
      const { port } = server;
      server.publish(1);
      const first = await fetch(`http://127.0.0.1:${port}/interval`, { headers: { Connection: 'close' } });
      const { cursor } = (await first.json()) as { cursor: string };
      const interval = { port, clients, path: `/interval?cursor=${cursor}` };
      const scenes = {
        unchanged: { ...interval, headers: `If-None-Match: "${cursor}"\r\n`, status: 304 },
        empty: { ...interval, status: 200 },
        noContent: { port, clients, path: `/long?cursor=${cursor}&wait=0`, status: 204 },
      };
      const polls = Math.ceil(plan.seconds * pollsPerSecond);
      const figures: Record<string, number> = {};
      for (let i = 0; i < warmUps; i++) for (const key of keys) await pollEmpty(scenes[key], polls);
      for (const key of keys) {
        server.mark();
        await stayAwake(() => pollEmpty(scenes[key], polls));
        figures[key] = (await server.read()) / polls;
      }
      return [{ scene: { clients }, figures, counted: { polls } }] satisfies Measurement[];
    }),
};
