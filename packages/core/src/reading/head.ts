import { formatPosition } from '../log/cursor';
import type { ReaderHost } from './reader-host';
import { followFailure, hubClosed, hubFull } from './refusals';

/** Returns the id of a channel's newest message, or its beginning where there is none. */
export async function headOf({ groups, isClosed }: Omit<ReaderHost, 'readers'>, channel: string): Promise<string> {
  if (isClosed) throw hubClosed();
  let position: Awaited<ReturnType<typeof groups.head>>;
  try {
    position = await groups.head(channel);
  } catch (error) {
    throw followFailure(error);
  }
  if (position === 'full') throw hubFull();
  return formatPosition(position);
}
