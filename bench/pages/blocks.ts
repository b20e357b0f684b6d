import { join } from 'node:path';
import { egressTable } from './egress';
import { Figures } from './figures';
import { glanceTable } from './glance';
import { missedTable, resultsTable } from './results-block';
import { scaleOf } from './scale';
import { scaleDiagram } from './scale-diagram';
import { scaleFiguresOf } from './scale-figures';
import { brokerTable, eventsTable, measurementsTable, nodeTable, redisTable } from './scale-tables';

/** A document with blocks that are calculated from the results. */
export interface Document {
  readonly file: string;
  readonly blocks: Readonly<Record<string, string>>;
}

/** Calculates the blocks of all documents. */
export function documentsOf(root: string): readonly Document[] {
  const results = join(root, 'bench', 'results');
  const figures = scaleFiguresOf(new Figures(results, '../bench/results'));
  const scale = scaleOf(figures);
  return [
    {
      file: join(root, 'docs', 'scale.md'),
      blocks: {
        diagram: scaleDiagram(scale),
        measurements: measurementsTable(figures),
        node: nodeTable(scale, figures),
        redis: redisTable(scale, figures),
        egress: egressTable(scale, figures),
        events: eventsTable(scale),
        broker: brokerTable(scale, figures),
      },
    },
    {
      file: join(root, 'bench', 'README.md'),
      blocks: {
        glance: glanceTable(results),
        missed: missedTable(results),
        results: resultsTable(results),
      },
    },
  ];
}

const block = /(<!-- bench: (\S+) -->\n)([\s\S]*?)(<!-- end -->)/g;

/**
 * Returns a text with these blocks in the places that name them.
 *
 * @throws {Error} when a place has no block, or a block no place.
 */
export function withBlocks(text: string, blocks: Readonly<Record<string, string>>): string {
  const placed = new Set<string>();
  const written = text.replace(block, (_whole, head: string, name: string, _old, tail: string) => {
    const content = blocks[name];
    if (content === undefined) throw new Error(`there is no block ${name}`);
    placed.add(name);
    return `${head}\n${content}\n\n${tail}`;
  });
  const missing = Object.keys(blocks).filter((name) => !placed.has(name));
  if (missing.length > 0) throw new Error(`no place for the blocks ${missing.join(', ')}`);
  return written;
}
