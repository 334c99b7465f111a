/** Frames: told apart by their type, immutable, made by builders. */

import {
  type BinaryFrame,
  type CloseFrame,
  type CloseStatus,
  type ContinuationFrame,
  Frame,
  type FrameFields,
  type FrameOptions,
  type PingFrame,
  type PongFrame,
  type TextFrame,
} from 'framewire';

declare const frame: Frame;

type Type = 'text' | 'binary' | 'continuation' | 'close' | 'ping' | 'pong';
check<Same<Frame['type'], Type>>(true);
check<Same<Writable<Frame> | Writable<CloseFrame> | Writable<FrameFields>, never>>(true);
check<Same<Frame['bytes'], Uint8Array>>(true);
check<Same<Frame['text'], string>>(true);
check<Same<Frame['data'], string | Uint8Array>>(true);
check<Same<Frame['fin'], boolean>>(true);
check<Same<Frame['rsv1'] | Frame['rsv2'] | Frame['rsv3'], boolean>>(true);
// @ts-expect-error only a Close has a close reason
frame.closeReason;
// @ts-expect-error frames are immutable
frame.fin = false;
// @ts-expect-error their payload is not exchanged either
frame.bytes = new Uint8Array(0);

export function byType(): void {
  switch (frame.type) {
    case 'text':
      check<Same<typeof frame, TextFrame>>(true);
      check<Same<typeof frame.data, string>>(true);
      break;
    case 'binary':
      check<Same<typeof frame, BinaryFrame>>(true);
      check<Same<typeof frame.data, Uint8Array>>(true);
      break;
    case 'continuation':
      check<Same<typeof frame, ContinuationFrame>>(true);
      break;
    case 'close':
      check<Same<typeof frame, CloseFrame>>(true);
      check<Same<typeof frame.closeReason, CloseStatus | undefined>>(true);
      break;
    case 'ping':
      check<Same<typeof frame, PingFrame>>(true);
      break;
    case 'pong':
      check<Same<typeof frame, PongFrame>>(true);
      break;
    default:
      check<Same<typeof frame, never>>(true);
  }
}

check<Same<ReturnType<typeof Frame.text>, TextFrame>>(true);
check<Same<ReturnType<typeof Frame.binary>, BinaryFrame>>(true);
check<Same<ReturnType<typeof Frame.continuation>, ContinuationFrame>>(true);
check<Same<ReturnType<typeof Frame.close>, CloseFrame>>(true);
check<Same<ReturnType<typeof Frame.ping>, PingFrame>>(true);
check<Same<ReturnType<typeof Frame.pong>, PongFrame>>(true);
const options: FrameOptions = { fin: false, rsv1: true, rsv2: false, rsv3: true };
check<Same<Required<FrameOptions>, Record<'fin' | 'rsv1' | 'rsv2' | 'rsv3', boolean>>>(true);
Frame.text('text', options);
Frame.binary(new ArrayBuffer(1));
Frame.binary(new Uint8Array(1), { fin: false });
Frame.continuation('text');
Frame.continuation(new DataView(new ArrayBuffer(1)), { fin: true });
Frame.close();
Frame.close(1000, 'done');
Frame.ping();
Frame.pong(new Uint8Array(3));
// @ts-expect-error bits are on or off
Frame.text('text', { rsv1: 1 });
// @ts-expect-error a text is a string
Frame.text(new Uint8Array(1));
// @ts-expect-error a binary message is bytes
Frame.binary('text');
// @ts-expect-error control frames have no fragments
Frame.ping(new Uint8Array(1), { fin: false });
// @ts-expect-error frames are built by name
new Frame();
