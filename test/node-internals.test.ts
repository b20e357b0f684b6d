import { bundle } from './kit/bundle';
import { installLimit } from './kit/limits';
import { assumptions, type Finding } from './kit/node-internals-probe';
import { nodeProgram } from './kit/node-versions';
import { succeed } from './kit/run';

// A failing test names the function in the core's `node-internals/` whose assumption broke.

const versions = ['20', '22', '24', '26'];
const cases = Object.entries(assumptions).map(([name, sentence]) => ({ name, sentence }));

describe.each(versions)('Node %s', (version) => {
  const findings = new Map<string, Finding>();

  beforeAll(async () => {
    const probe = await bundle('kit/node-internals-probe.ts');
    const output = await succeed(await nodeProgram(version), [probe]);
    for (const line of output.trim().split('\n')) {
      const finding: Finding = JSON.parse(line);
      findings.set(finding.name, finding);
    }
    // The first run on a machine fetches Node.
  }, 2 * installLimit);

  it.each(cases)('$sentence: $name', ({ name, sentence }) => {
    const finding = findings.get(name);
    if (finding?.holds) return;
    const found = JSON.stringify(finding?.found, null, 2);
    throw new Error(`node-internals: ${name} assumes that Node ${sentence}. Node ${version} has ${found}`);
  });
});
