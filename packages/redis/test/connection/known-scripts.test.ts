import { KnownScripts } from '../../src/connection/known-scripts';
import { script } from '../../src/scripts/script';

const one = script('return 1');
const unknown = new Error('NOSCRIPT No matching script.');

function setUp() {
  const scripts = new KnownScripts();
  const sent: string[] = [];
  /** Records how a script is sent, and replies in a later microtask. */
  const run = (which = one, refusal?: Error) => {
    const send = (how: string, error?: Error) => async () => {
      sent.push(how);
      await undefined;
      if (error) throw error;
      return 1;
    };
    return scripts.run(which, send('hash', refusal), send('whole'));
  };
  return { scripts, sent, run };
}

describe('known scripts', () => {
  it('are sent whole until they have run once, then by their hash', async () => {
    const { sent, run } = setUp();
    await Promise.all([run(), run()]);
    await run();
    await run(script('return 2'));
    expect(sent).toEqual(['whole', 'whole', 'hash', 'whole']);
  });

  it('are sent whole again when the server has lost them', async () => {
    const { sent, run } = setUp();
    await run();
    await expect(run(one, unknown)).resolves.toBe(1);
    expect(sent).toEqual(['whole', 'hash', 'whole']);
  });

  it('are sent once when they fail for another reason', async () => {
    const { sent, run } = setUp();
    await run();
    await expect(run(one, new Error('OOM'))).rejects.toThrow('OOM');
    expect(sent).toEqual(['whole', 'hash']);
  });
});
