/** The upgrade: subprotocols, headers, refusals. */

import assert from 'node:assert/strict';
import { connect, HandshakeError } from '#framewire';
import { open, startHost } from './ways.mjs';

const PROTOCOLS = ['v2.chat', 'v1.chat'];

/** Where the peer is the server. */
export const CONNECTS = {
  'the peer chooses a subprotocol': async (t, peer, way) => {
    const { session, opened } = await open(t, peer, way, { ask: { protocols: PROTOCOLS } });
    assert.deepEqual([session.protocol, opened.protocol], ['v1.chat', 'v1.chat']);
    const without = await open(t, peer, way);
    assert.deepEqual([without.session.protocol, without.opened.protocol], ['', '']);
  },

  'headers go both ways': async (t, peer, way) => {
    const headers = { Authorization: 'Bearer x', 'X-Token': 'abc' };
    const { session, opened } = await open(t, peer, way, { ask: { headers } });
    assert.equal(opened.headers.authorization, 'Bearer x');
    assert.equal(opened.headers['x-token'], 'abc');
    assert.equal(session.handshake.headers.get('x-served'), `by ${peer.name}`);
  },

  'a refusal is told with its status and body': async (_t, peer) => {
    await assert.rejects(connect(`ws://127.0.0.1:${peer.port}/elsewhere`), (error) => {
      assert.ok(error instanceof HandshakeError);
      assert.deepEqual([error.code, error.status], ['ERR_HANDSHAKE', 403]);
      assert.match(new TextDecoder().decode(error.body), /^not here\n?$/);
      return true;
    });
  },
};

/** Where we are. */
export const ACCEPTS = {
  'we choose a subprotocol': async (t, peer, way) => {
    const offers = [];
    const selectProtocol = (offered) => {
      offers.push([...offered]);
      return offered[1];
    };
    const ask = { protocols: PROTOCOLS };
    const { session, opened } = await open(t, peer, way, { ask, answer: { selectProtocol } });
    assert.deepEqual([session.protocol, opened.protocol], ['v1.chat', 'v1.chat']);
    assert.deepEqual(offers, [PROTOCOLS]);
    const without = await open(t, peer, way);
    assert.deepEqual([without.session.protocol, without.opened.protocol], ['', '']);
  },

  'headers go both ways': async (t, peer, way) => {
    const { session, opened } = await open(t, peer, way, {
      ask: { headers: peer.can.headers ? { 'X-Token': 'abc' } : {} },
      answer: { headers: { 'X-Served': 'by framewire' } },
    });
    assert.equal(session.handshake.headers.get('sec-websocket-version'), '13');
    if (peer.can.headers) assert.equal(session.handshake.headers.get('x-token'), 'abc');
    if (peer.can.answerHeaders) assert.equal(opened.headers['x-served'], 'by framewire');
  },

  'a refusal of ours reaches the peer': async (t, peer, way) => {
    const verify = () => ({ status: 429, body: 'later' });
    const host = await startHost(t, way, { verify });
    const far = peer.connection();
    far.do('connect', { url: host.url(far), protocols: [], headers: {} });
    const refused = await far.event('refused');
    if (peer.can.status) assert.equal(refused.status, 429);
    const error = await host.refused;
    assert.ok(error instanceof HandshakeError);
    assert.equal(error.status, 429);
  },
};
