import { createHub, memoryBackplane } from '../../src';
import type { Backplane, BackplaneHost } from '../../src/backplanes/backplane';
import { engineOfHub } from '../../src/hub/hub-sources';
import { clientAnswersLog, clientCommandsLog, processesLog } from '../../src/log/log-name';
import { createMessage } from '../../src/log/message';
import { valueMessage } from '../../src/log/state-message';
import { FakeClock } from '../../src/testing';

/** A hub whose backplane could have other processes. */
function setUp() {
  const clock = new FakeClock();
  const errors: string[] = [];
  let backplane: Backplane | undefined;
  const calls: string[] = [];
  const factory = (host: BackplaneHost): Backplane => {
    const memory = memoryBackplane()(host);
    const append = memory.append.bind(memory);
    memory.append = (log, message) => {
      if (log === clientCommandsLog && message.kind === 'json') calls.push(JSON.parse(message.body as string).call);
      return append(log, message);
    };
    backplane = Object.defineProperty(memory, 'isLocal', { value: undefined });
    return backplane;
  };
  const logger = {
    debug() {},
    info() {},
    error: (_fields: object, text: string) => void errors.push(text),
  };
  const hub = createHub({ clock, backplane: factory, logger, clientKey: () => 'anna' });
  const turns = async () => {
    for (let i = 0; i < 20; i++) {
      clock.turn();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const advance = async (ms: number) => {
    clock.advance(ms);
    await turns();
  };
  /** Adds a process that says nothing by itself. */
  const addProcess = async (name: string) => {
    const leave = engineOfHub(hub).presences.join(processesLog, valueMessage(name, null));
    await turns();
    return leave;
  };
  const list = () => {
    const outcome = { result: undefined as unknown };
    hub
      .clients('anna')
      .list()
      .then(
        (result) => {
          outcome.result = result;
        },
        ({ code, message }) => {
          outcome.result = `${code}: ${message}`;
        },
      );
    return outcome;
  };
  return {
    hub,
    clock,
    errors,
    calls,
    turns,
    advance,
    addProcess,
    list,
    append: backplane?.append.bind(backplane) as Backplane['append'],
  };
}

describe('a command for the clients of all processes', () => {
  it('is answered by this one too', async () => {
    const { list, turns, hub } = setUp();
    await turns();
    const listed = list();
    await turns();
    expect(listed.result).toEqual([]);
    await hub.close();
  });

  it('waits for each process, and fails where one does not answer', async () => {
    const { list, turns, advance, addProcess } = setUp();
    await turns();
    await addProcess('other');
    const listed = list();
    await turns();
    expect(listed.result).toBeUndefined();
    await advance(2000);
    expect(listed.result).toMatch(
      /^backplane-unconfirmed: 1 of 2 processes did not answer within 2000 ms\. .+ call again\.$/,
    );
  });

  it('does not need the answer of a process that has gone meanwhile', async () => {
    const { list, turns, advance, addProcess } = setUp();
    await turns();
    const leave = await addProcess('other');
    const listed = list();
    await turns();
    leave();
    await advance(2000);
    expect(listed.result).toEqual([]);
  });

  it('takes what others have found, in any number of parts', async () => {
    const { list, turns, addProcess, append, calls } = setUp();
    await turns();
    await addProcess('other');
    const listed = list();
    await turns();
    const call = calls.at(-1);
    const part = (since: number, isPart: boolean) =>
      append(
        clientAnswersLog,
        createMessage({
          call,
          from: 'other',
          connections: [{ id: `c${since}`, transport: 'sse', channels: [], since }],
          isPart,
        }),
      );
    part(2, true);
    await turns();
    expect(listed.result).toBeUndefined();
    part(1, false);
    await turns();
    expect(listed.result).toMatchObject([{ id: 'c1' }, { id: 'c2' }]);
  });

  it('that is not known does no harm', async () => {
    const { list, turns, append, errors } = setUp();
    await turns();
    append(clientCommandsLog, createMessage({ act: 'dance', key: 'anna' }));
    append(clientCommandsLog, createMessage('nonsense'));
    await turns();
    const text = 'a command for clients could not be obeyed';
    expect(errors).toEqual([text, text]);
    const listed = list();
    await turns();
    expect(listed.result).toEqual([]);
  });
});
