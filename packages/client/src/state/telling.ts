import type { Transport } from '../transports/transport.js';
import { PushwireError } from '../wire/error.js';
import { told } from '../wire/frame.js';

/**
 * Makes a transport that also tells of each control frame by a message, whose data is the frame.
 * Such messages are dropped with those of connections that are not in use.
 */
export const telling = (transport: Transport): Transport => ({
  name: transport.name,
  tells: true,
  open(request, listener) {
    let { cursor } = request;
    return transport.open(request, {
      onClose: listener.onClose,
      onFrame(frame) {
        const { id, event, data } = frame ?? {};
        const { from } = (event === 'pushwire:open' && (data as { readonly from?: string })) || {};
        // The answer is for another cursor, as that of a cache, so it may leave out changes.
        if (from !== undefined && !`${cursor}!`.startsWith(`${from}!`)) {
          return listener.onClose(new PushwireError('bad-data'));
        }
        cursor = id || cursor;
        listener.onFrame(frame);
        if (`${event}`.startsWith('pushwire:')) listener.onFrame({ event: told, data: frame });
      },
    });
  },
});
