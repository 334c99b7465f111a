//! Against zlib in C, as a peer that takes our messages and sends its own.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use framewire::protocol::deflate::{Deflater, Effort, Spare};

use crate::support::{deflate, direction, inflate_in, inflater, json, noise};

/// What zlib does with a message, by RFC 7692 §7.2.1.
fn compress(zlib: &mut Compress, message: &[u8], flush: FlushCompress) -> Vec<u8> {
    let mut out = Vec::with_capacity(2 * message.len() + 100);
    let status = zlib.compress_vec(message, &mut out, flush).unwrap();
    assert!(out.len() < out.capacity(), "the output has room");
    if flush == FlushCompress::Finish {
        assert_eq!(status, Status::StreamEnd);
        out.push(0x00);
    } else {
        assert!(out.ends_with(&[0x00, 0x00, 0xff, 0xff]));
        out.truncate(out.len() - 4);
    }
    out
}

/// What zlib makes of a message, by §7.2.2.
fn decompress(zlib: &mut Decompress, payload: &[u8], length: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(length + 100);
    let with_tail = [payload, &[0x00, 0x00, 0xff, 0xff]].concat();
    let before = zlib.total_in();
    zlib.decompress_vec(&with_tail, &mut out, FlushDecompress::Sync).unwrap();
    assert_eq!(zlib.total_in() - before, with_tail.len() as u64, "all is read");
    out
}

fn messages() -> Vec<Vec<u8>> {
    let mut far = noise(1, 40_000);
    far.extend_from_within(..8000);
    vec![
        b"Hello".to_vec(),
        b"Hello".to_vec(),
        json(500),
        noise(2, 3000),
        json(70_000),
        noise(2, 3000),
        vec![0; 100_000],
        far,
        b"Hello".to_vec(),
    ]
}

#[test]
fn zlib_takes_what_we_send() {
    for bits in 9..=15 {
        for level in 0..=9 {
            let others = [(false, 8), (true, 1), (true, 9)];
            let others = if level == 6 { &others[..] } else { &[] };
            for &(takeover, mem_level) in [(true, 8)].iter().chain(others) {
                let effort = Effort::new(level, mem_level).unwrap();
                let mut sender = Deflater::new(direction(bits, takeover), effort, &Spare::new());
                // Just the window that was agreed on.
                let mut zlib = Decompress::new_with_window_bits(false, bits.try_into().unwrap());
                for message in messages() {
                    if !takeover {
                        zlib.reset(false);
                    }
                    let payload = deflate(&mut sender, &message);
                    let taken = decompress(&mut zlib, &payload, message.len());
                    assert!(taken == message, "{bits} bits, level {level}/{mem_level}");
                    assert_eq!(decompress(&mut zlib, &[0x00], 0), b"", "an empty message");
                }
            }
        }
    }
}

#[test]
fn we_take_what_zlib_sends() {
    for bits in 9..=15_u8 {
        for level in [0, 1, 6, 9] {
            for takeover in [true, false] {
                let mut zlib = Compress::new_with_window_bits(Compression::new(level), false, bits);
                let mut receiver = inflater(direction(bits.into(), takeover));
                for message in messages() {
                    if !takeover {
                        zlib.reset();
                    }
                    let payload = compress(&mut zlib, &message, FlushCompress::Sync);
                    let taken = inflate_in(&mut receiver, &payload, 5000).unwrap();
                    assert!(taken == message, "{bits} bits, level {level}, takeover {takeover}");
                }
            }
        }
    }
}

#[test]
fn we_take_what_zlib_ends_with_a_final_block() {
    for piece in [1, 100, usize::MAX] {
        let mut zlib = Compress::new_with_window_bits(Compression::default(), false, 15);
        let mut receiver = inflater(direction(15, true));
        for message in messages() {
            zlib.reset();
            let payload = compress(&mut zlib, &message, FlushCompress::Finish);
            assert!(inflate_in(&mut receiver, &payload, piece).unwrap() == message);
        }
    }
}

#[test]
fn a_window_of_8_bits_is_inflated() {
    // zlib makes such a stream with a header only; without, it says 9 and means 9.
    let mut zlib = Compress::new_with_window_bits(Compression::default(), false, 9);
    let mut receiver = inflater(direction(8, true));
    for message in messages() {
        let payload = compress(&mut zlib, &message, FlushCompress::Sync);
        assert!(inflate_in(&mut receiver, &payload, 300).unwrap() == message);
    }
}
