//! Frames as bytes: written by hand for what comes in, read back for what goes out.

use framewire::protocol::FrameHeader;

/// An unmasked frame of up to 65,535 bytes.
pub(crate) fn plain(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = match u8::try_from(payload.len()) {
        Ok(short) if short < 126 => vec![first, short],
        _ => {
            let [high, low] = u16::try_from(payload.len()).unwrap().to_be_bytes();
            vec![first, 126, high, low]
        }
    };
    bytes.extend_from_slice(payload);
    bytes
}

/// The same masked.
pub(crate) fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let key = [0x37, 0xFA, 0x21, 0x3D];
    let mut bytes = plain(first, payload);
    let body = bytes.split_off(bytes.len() - payload.len());
    bytes[1] |= 0x80;
    bytes.extend(key);
    bytes.extend(body.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key));
    bytes
}

pub(crate) fn close(code: u16, reason: &str) -> Vec<u8> {
    plain(0x88, &[&code.to_be_bytes(), reason.as_bytes()].concat())
}

/// The first bytes and payloads of the frames in `bytes`, which must be whole.
#[track_caller]
pub(crate) fn frames(mut bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut frames = Vec::new();
    while !bytes.is_empty() {
        let first = bytes[0];
        let (header, length) = FrameHeader::decode(bytes).unwrap().expect("a whole header");
        let (_, rest) = bytes.split_at(length);
        let (payload, rest) = rest.split_at(usize::try_from(header.payload_length).unwrap());
        let key = header.masking_key.unwrap_or_default();
        let unmasked = payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key);
        frames.push((first, unmasked.collect()));
        bytes = rest;
    }
    frames
}

/// The first bytes of the frames in `bytes`.
pub(crate) fn kinds(bytes: &[u8]) -> Vec<u8> {
    frames(bytes).iter().map(|(first, _)| *first).collect()
}
