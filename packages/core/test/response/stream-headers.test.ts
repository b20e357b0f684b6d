import { IncomingMessage, OutgoingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { openHeadersOf } from '../../src/node-internals/heads';
import { setStreamHeaders } from '../../src/response/headers';

const ofStreams = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-store, no-transform',
  'content-encoding': 'identity',
  'x-accel-buffering': 'no',
  'x-content-type-options': 'nosniff',
};
const contentType = ofStreams['content-type'];

const begin = (response: ServerResponse) => setStreamHeaders(response, contentType, {}, undefined, openHeadersOf);
const newResponse = () => new ServerResponse(new IncomingMessage(new Socket()));

/** Wraps `setHeader` as tools do, for one response or for all. Returns the names that it is given. */
function watch(target: Pick<OutgoingMessage, 'setHeader'>): string[] {
  const names: string[] = [];
  const { setHeader } = target;
  target.setHeader = function (this: OutgoingMessage, name, value) {
    names.push(name.toLowerCase());
    return setHeader.call(this, name, value);
  };
  return names;
}

describe('the headers of a stream', () => {
  it('are set on a response without headers, and beside those of others', () => {
    const response = newResponse();
    begin(response);
    expect(response.getHeaders()).toEqual(ofStreams);
    const other = newResponse();
    other.setHeader('X-Powered-By', 'Express');
    begin(other);
    expect(other.getHeaders()).toEqual({ 'x-powered-by': 'Express', ...ofStreams });
  });

  it('are not set where the app has set them, and are its own where it sets them later', () => {
    const response = newResponse();
    response.setHeader('X-Accel-Buffering', 'yes');
    begin(response);
    expect(response.getHeaders()).toEqual({ ...ofStreams, 'x-accel-buffering': 'yes' });
    response.appendHeader('X-Content-Type-Options', 'of the app');
    const next = newResponse();
    begin(next);
    expect(next.getHeaders()).toEqual(ofStreams);
  });

  it('are those of a content type that the app has named in its own way', () => {
    const response = newResponse();
    response.setHeader('content-type', 'text/event-stream');
    begin(response);
    expect(response.getHeaders()).toEqual({ ...ofStreams, 'content-type': 'text/event-stream' });
  });

  it('are all told to who wraps `setHeader` of a response', () => {
    const response = newResponse();
    const names = watch(response);
    begin(response);
    expect(names).toEqual(Object.keys(ofStreams));
  });

  it('are all told to who wraps `setHeader` of all responses', () => {
    const names = watch(ServerResponse.prototype);
    const response = newResponse();
    begin(response);
    Reflect.deleteProperty(ServerResponse.prototype, 'setHeader');
    expect(names).toEqual(Object.keys(ofStreams));
    expect(response.getHeaders()).toEqual(ofStreams);
  });

  it('are all told to who has wrapped `setHeader` of all messages before the core was loaded', () => {
    const { setHeader } = OutgoingMessage.prototype;
    const names = watch(OutgoingMessage.prototype);
    try {
      jest.isolateModules(() => {
        const heads = jest.requireActual<typeof import('../../src/node-internals/heads')>(
          '../../src/node-internals/heads',
        );
        setStreamHeaders(newResponse(), contentType, {}, undefined, heads.openHeadersOf);
      });
    } finally {
      OutgoingMessage.prototype.setHeader = setHeader;
    }
    expect(names).toEqual(Object.keys(ofStreams));
  });

  it('are found in later responses where the first one is only like one of Node', () => {
    jest.isolateModules(() => {
      const heads = jest.requireActual<typeof import('../../src/node-internals/heads')>(
        '../../src/node-internals/heads',
      );
      const response = newResponse();
      response.setHeader('Content-Type', contentType);
      expect(heads.openHeadersOf({ setHeader: response.setHeader })).toBeUndefined();
      expect(heads.openHeadersOf(response)).toHaveProperty('content-type', ['Content-Type', contentType]);
    });
  });
});
