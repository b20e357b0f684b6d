import { createServer } from 'node:http';
import { encodeComment, encodeEvent, headersOf } from '@pushwire/core/encoders';

createServer((_request, response) => {
  response.writeHead(200, headersOf('sse'));
  response.write(encodeComment(' hello'));
  response.write(encodeEvent({ event: 'tick', id: '1', data: 'two\nlines' }));
}).listen(3000);
