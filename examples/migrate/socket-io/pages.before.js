import { io } from 'socket.io-client';

export function openChat(url, user, room, show) {
  const chat = io(url, { query: { user, room } });
  chat.on('joined', (other) => show(`${other.user} is here`));
  chat.on('said', (message) => show(`${message.user}: ${message.text}`));
  chat.on('typing', (other) => show(`${other.user} is typing`));
  chat.on('left', (other) => show(`${other.user} is gone`));
  return {
    say: (text) => chat.emit('say', text),
    typing: () => chat.emit('typing'),
    leave: () => chat.disconnect(),
  };
}

export function openOrders(url, show) {
  const orders = io(url);
  orders.on('stock', ({ left }) => show(`${left} left`));
  return {
    order: (amount) => orders.timeout(5000).emitWithAck('order', { amount }),
    leave: () => orders.disconnect(),
  };
}
