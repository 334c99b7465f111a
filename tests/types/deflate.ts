/** permessage-deflate: what it can be told. */

import { connect, type Extension, type Frame } from 'framewire';
import { type DeflateOptions, permessageDeflate } from 'framewire/deflate';

check<Same<ReturnType<typeof permessageDeflate>, Extension>>(true);

export const all: Required<DeflateOptions> = {
  clientMaxWindowBits: 12,
  serverMaxWindowBits: 10,
  clientNoContextTakeover: true,
  serverNoContextTakeover: false,
  level: 9,
  memLevel: 9,
  threshold: 0,
  compressIf: (frame) => {
    check<Same<typeof frame, Frame>>(true);
    return frame.type === 'text';
  },
  maxInflatedSize: 1 << 20,
};

export const some: DeflateOptions[] = [{}, { clientMaxWindowBits: true }];

// @ts-expect-error a window is a number of bits
permessageDeflate({ serverMaxWindowBits: true });
// @ts-expect-error it is no option
permessageDeflate({ strategy: 1 });

export const session = connect('ws://localhost/', { extensions: [permessageDeflate(all)] });
