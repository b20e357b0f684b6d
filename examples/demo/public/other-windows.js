/**
 * Calls `found` when another window of this page is open in the same browser, in both windows.
 *
 * @returns a function that asks for other windows.
 */
export function watchOtherWindows(found) {
  const channel = new BroadcastChannel('pushwire-demo');
  channel.addEventListener('message', ({ data }) => {
    if (data === 'who?') channel.postMessage('me');
    found();
  });
  return () => channel.postMessage('who?');
}
