/**
 * Tells when another window of this page is open in the same browser. Both hear of it, the new one and the old.
 *
 * @returns a function that asks.
 */
export function watchOtherWindows(found) {
  const channel = new BroadcastChannel('pushwire-demo');
  channel.addEventListener('message', ({ data }) => {
    if (data === 'who?') channel.postMessage('me');
    found();
  });
  return () => channel.postMessage('who?');
}
