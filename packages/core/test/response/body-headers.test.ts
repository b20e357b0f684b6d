import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { openHeadersOf } from '../../src/node-internals/heads';
import { type HeaderTarget, keepBodyHeaders, setAnswerHeaders } from '../../src/response/headers';

/** A response that has only headers. */
class Headers implements HeaderTarget {
  readonly all = new Map<string, unknown>();
  /** The names of the headers that were set, in order. */
  readonly calls: string[] = [];

  getHeader(name: string) {
    return this.all.get(name.toLowerCase());
  }

  getHeaderNames() {
    return [...this.all.keys()];
  }

  setHeader(name: string, value: unknown) {
    this.calls.push(name);
    this.all.set(name.toLowerCase(), value);
  }

  removeHeader(name: string) {
    this.all.delete(name.toLowerCase());
  }
}

const json = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' };
const body = Buffer.from('{}');

describe('the headers of an answer', () => {
  it.each([
    ['a type and a length of its own', { 'Content-Type': 'text/plain', 'Content-Length': 7 }],
    ['a type alone', { 'Content-Type': 'text/plain' }],
  ])('are those of its body where a framework sets %s', (_, own) => {
    const target = new Headers();
    setAnswerHeaders(target, json);
    for (const [name, value] of Object.entries(own)) target.setHeader(name, value);
    keepBodyHeaders(target, json, body);
    expect(Object.fromEntries(target.all)).toEqual({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'content-length': '2',
    });
  });

  it('are not set twice where a framework keeps them', () => {
    const target = new Headers();
    setAnswerHeaders(target, json);
    target.setHeader('Content-Length', 2);
    keepBodyHeaders(target, json, body);
    expect(target.calls).toEqual(['Content-Type', 'Cache-Control', 'Content-Length']);
  });

  it('add to the Vary of the app, and leave its other headers', () => {
    const target = new Headers();
    target.setHeader('Vary', 'Origin');
    target.setHeader('Cache-Control', 'private');
    setAnswerHeaders(target, { ...json, Vary: 'Last-Event-ID' }, body);
    expect(target.getHeader('Vary')).toBe('Origin, Last-Event-ID');
    expect(target.getHeader('Cache-Control')).toBe('private');
  });

  it('are those of a response, beside what it has, and are checked where they are not our own', () => {
    const response = new ServerResponse(new IncomingMessage(new Socket()));
    response.setHeader('X-Powered-By', 'Express');
    response.setHeader('content-length', '7');
    const names: string[] = [];
    const kept = { ETag: '"a.1"', 'Cache-Control': 'no-cache', 'X-Content-Type-Options': 'nosniff', Vary: 'Origin' };
    setAnswerHeaders(response, { ...json, ...kept }, body, openHeadersOf);
    expect(response.getHeaders()).toEqual({
      'x-powered-by': 'Express',
      'content-type': 'application/json',
      'cache-control': 'no-cache',
      etag: '"a.1"',
      'x-content-type-options': 'nosniff',
      vary: 'Origin',
      'content-length': '2',
    });
    const fresh = new ServerResponse(new IncomingMessage(new Socket()));
    expect(() => setAnswerHeaders(fresh, { ...json, ETag: 'a\r\nb' }, body, openHeadersOf)).toThrow(
      'Invalid character',
    );
    fresh.setHeader = (name) => {
      names.push(name);
      return fresh;
    };
    setAnswerHeaders(fresh, { ...json, Vary: 'Origin' }, body, openHeadersOf);
    expect(names).toEqual(['Content-Type', 'Vary', 'Content-Length']);
  });
});
