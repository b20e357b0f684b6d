import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { message, openStream as openBare } from '@pushwire/core';
import { openStream as openExpress } from '@pushwire/express';
import { openStream as openKoa } from '@pushwire/koa';

const request = new IncomingMessage(new Socket());
const response = new ServerResponse(request);

/** Calls a function as JavaScript does, without types. */
const call = (open: unknown, ...values: unknown[]) => (open as (...values: unknown[]) => Promise<unknown>)(...values);

describe('openStream() without types', () => {
  it.each([
    ['core, no response', openBare, [request], "response: expected Node's response, got undefined"],
    ['Express, no response', openExpress, [request], "response: expected Node's response, got undefined"],
    ['Express, a context', openExpress, [{ req: request, res: response }], "request: expected Node's request, got an"],
    ['Koa, as in Express', openKoa, [request, response], "openStream ctx: expected Koa's context"],
    ['Koa, nothing', openKoa, [], "openStream ctx: expected Koa's context"],
  ])('says which argument is wrong: %s', async (_case, open, values, sentence) => {
    const failure = await call(open, ...values).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TypeError);
    expect((failure as TypeError).message).toContain(sentence);
  });

  it.each(['from', 'initial'])('refuses `%s`, which only channels have', async (name) => {
    const options = { [name]: name === 'from' ? 'oldest' : () => 'state' };
    await expect(call(openBare, request, response, options)).rejects.toThrow(
      `openStream options: unknown option "${name}"`,
    );
  });
});

it('takes fields that are undefined for none, as those of a message that is passed on', () => {
  expect(message('x', { event: undefined, id: undefined, retry: undefined })).toEqual(message('x'));
});
