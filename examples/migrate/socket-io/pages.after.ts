import { connectTwoWay } from '@pushwire/client/two-way';

type User = { user: string };
type Chat = { joined: User; said: User & { text: string }; typing: User; left: User };
// With an outbox, messages wait for the connection, as with socket.io. A message that is POSTed comes from no
// connection that receives, so the server can leave out the sender only over a WebSocket.
const options = { outbox: true, transports: ['websocket', 'sse', 'long-poll'] } as const;

export function openChat(url: string, user: string, room: string, show: (line: string) => void) {
  const chat = connectTwoWay<Chat>(`${url}/chat`, { ...options, query: { user, room } });
  chat.on('joined', (other) => show(`${other.user} is here`));
  chat.on('said', (message) => show(`${message.user}: ${message.text}`));
  chat.on('typing', (other) => show(`${other.user} is typing`));
  chat.on('left', (other) => show(`${other.user} is gone`));
  return {
    say: (text: string) => chat.send({ text }),
    typing: () => chat.send({}),
    leave: () => chat.close(),
  };
}

export function openOrders(url: string, show: (line: string) => void) {
  const orders = connectTwoWay<{ stock: { left: number } }>(`${url}/orders`, options);
  orders.on('stock', ({ left }) => show(`${left} left`));
  return {
    order: (amount: number) => orders.request({ amount }, { timeout: 5000 }),
    leave: () => orders.close(),
  };
}
