/** What the package exports, whatever the runtime. */

export { accept, overTransport } from './accept.js';
export { connect } from './connect.js';
export {
  ClosedError,
  HandshakeError,
  InvalidPayloadError,
  MessageTooBigError,
  OverflowError,
  PingTimeoutError,
  ProtocolError,
  TransportError,
  WebSocketSessionError,
} from './errors.js';
export { Frame } from './frame.js';
export { WebSocketSession } from './session.js';
