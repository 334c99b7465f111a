/** A self-signed certificate, written in DER by hand so that no tool is needed. */

import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

const DAY = 86_400_000;

function tlv(tag, ...parts) {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  if (body.length < 128) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const length =
    body.length < 256 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

const sequence = (...parts) => tlv(0x30, ...parts);
const oid = (...bytes) => tlv(0x06, bytes);
const time = (at) => tlv(0x17, `${new Date(at).toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`);

const ECDSA_SHA256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
const COMMON_NAME = oid(0x55, 0x04, 0x03);
const ALT_NAME = oid(0x55, 0x1d, 0x11);
const BASIC_CONSTRAINTS = oid(0x55, 0x1d, 0x13);

function pem(der) {
  const lines = der
    .toString('base64')
    .match(/.{1,64}/g)
    .join('\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

/** A key and a certificate for a host name, valid for some days: ECDSA on P-256. */
export function selfSigned(host) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = sequence(tlv(0x31, sequence(COMMON_NAME, tlv(0x0c, host))));
  const serial = randomBytes(8);
  serial[0] = 0x40;
  const authority = sequence(
    BASIC_CONSTRAINTS,
    tlv(0x01, [0xff]),
    tlv(0x04, sequence(tlv(0x01, [0xff]))),
  );
  const names = sequence(ALT_NAME, tlv(0x04, sequence(tlv(0x82, host), tlv(0x87, [127, 0, 0, 1]))));
  const body = sequence(
    tlv(0xa0, tlv(0x02, [2])),
    tlv(0x02, serial),
    ECDSA_SHA256,
    name,
    sequence(time(Date.now() - DAY), time(Date.now() + 9 * DAY)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(authority, names)),
  );
  const signature = sign('sha256', body, privateKey);
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    cert: pem(sequence(body, ECDSA_SHA256, tlv(0x03, [0], signature))),
  };
}
