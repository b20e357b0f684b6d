import { readAnnouncement } from '../../src/channels/pubsub-message';

describe('an announcement', () => {
  it.each([
    ['epoch 7 t\nhi', { kind: 'message', epoch: 'epoch', offset: 7, text: 't\nhi' }],
    ['e-_9 1 jprice\n{"a b":1}', { kind: 'message', epoch: 'e-_9', offset: 1, text: 'jprice\n{"a b":1}' }],
    ['epoch 7 t\nend', { kind: 'message', epoch: 'epoch', offset: 7, text: 't\nend' }],
    ['epoch 7 end', { kind: 'end', epoch: 'epoch', offset: 7 }],
    ['epoch 0 life', { kind: 'life', epoch: 'epoch', offset: 0 }],
  ])('%j is read', (text, announcement) => {
    expect(readAnnouncement(text)).toEqual(announcement);
  });

  it.each(['', 'epoch', 'epoch 7', 'epoch x end', 'e.p 7 end', ' 7 end'])('%j is none', (text) => {
    expect(readAnnouncement(text)).toBeUndefined();
  });
});
