//! The frame header: every length form, what is refused and at which byte, and the round trip.

use framewire::protocol::{FrameHeader, Opcode, ProtocolError, Rsv};
use proptest::prelude::*;

use super::support::{KEY, header, hex};

fn decode(bytes: &[u8]) -> Result<Option<(FrameHeader, usize)>, ProtocolError> {
    FrameHeader::decode(bytes)
}

fn encode(header: &FrameHeader) -> Vec<u8> {
    let mut out = [0; FrameHeader::MAX_LENGTH];
    let length = header.encode(&mut out);
    out[..length].to_vec()
}

/// Checks that every shorter prefix is neither a header nor a fault, and returns the fault.
#[track_caller]
fn refused_at_last_byte(bytes: &[u8]) -> ProtocolError {
    for end in 0..bytes.len() {
        assert_eq!(decode(&bytes[..end]), Ok(None), "after {end} bytes");
    }
    decode(bytes).unwrap_err()
}

const BINARY: FrameHeader = FrameHeader {
    fin: true,
    rsv: Rsv::NONE,
    opcode: Opcode::Binary,
    masking_key: None,
    payload_length: 0,
};

#[test]
fn every_length_takes_its_shortest_form() {
    for (payload_length, length_bytes) in [
        (0, "00"),
        (1, "01"),
        (125, "7D"),
        (126, "7E 007E"),
        (127, "7E 007F"),
        (65_535, "7E FFFF"),
        (65_536, "7F 0000000000010000"),
        (u64::from(u32::MAX) + 1, "7F 0000000100000000"),
        (u64::MAX >> 1, "7F 7FFFFFFFFFFFFFFF"),
    ] {
        for masking_key in [None, Some(KEY)] {
            let frame = FrameHeader { payload_length, masking_key, ..BINARY };
            let mut expected = [vec![0x82], hex(length_bytes)].concat();
            if masking_key.is_some() {
                expected[1] |= 0x80;
            }
            expected.extend(masking_key.iter().flatten());
            assert_eq!(encode(&frame), expected);
            let masked = masking_key.is_some();
            assert_eq!(FrameHeader::encoded_length(payload_length, masked), expected.len());
            assert_eq!(decode(&expected), Ok(Some((frame, expected.len()))));
            for end in 0..expected.len() {
                assert_eq!(decode(&expected[..end]), Ok(None), "{payload_length} at {end}");
            }
        }
    }
}

#[test]
fn a_longer_form_than_needed_is_refused() {
    for (bytes, length) in [
        ("82 7E 0000", 0),
        ("82 7E 007D", 125),
        ("82 FE 007D", 125),
        ("82 7F 0000000000000000", 0),
        ("82 7F 000000000000007D", 125),
        ("82 7F 000000000000007E", 126),
        ("82 7F 000000000000FFFF", 65_535),
        ("82 FF 000000000000FFFF", 65_535),
    ] {
        let bytes = hex(bytes);
        assert_eq!(refused_at_last_byte(&bytes), ProtocolError::LengthNotMinimal(length));
    }
}

#[test]
fn a_length_of_63_bits_and_over_is_refused_at_its_first_byte() {
    for bytes in ["82 7F 80", "82 7F FF", "82 FF 80"] {
        assert_eq!(refused_at_last_byte(&hex(bytes)), ProtocolError::LengthOver63Bits);
    }
}

#[test]
fn reserved_opcodes_are_refused_at_the_first_byte() {
    for bits in (3..=7).chain(11..=15) {
        for flags in [0x00, 0x80, 0x70, 0xF0] {
            assert_eq!(decode(&[flags | bits]), Err(ProtocolError::ReservedOpcode(bits)));
        }
    }
}

#[test]
fn opcodes_are_those_of_the_registry() {
    for (bits, opcode, control) in [
        (0x0, Opcode::Continuation, false),
        (0x1, Opcode::Text, false),
        (0x2, Opcode::Binary, false),
        (0x8, Opcode::Close, true),
        (0x9, Opcode::Ping, true),
        (0xA, Opcode::Pong, true),
    ] {
        assert_eq!(Opcode::from_bits(bits), Some(opcode));
        assert_eq!(opcode.bits(), bits);
        assert_eq!(opcode.is_control(), control);
    }
    assert!((16..=255).all(|bits| Opcode::from_bits(bits).is_none()));
}

#[test]
fn a_control_frame_without_fin_is_refused_at_the_first_byte() {
    for opcode in [Opcode::Close, Opcode::Ping, Opcode::Pong] {
        assert_eq!(decode(&[opcode.bits()]), Err(ProtocolError::FragmentedControl(opcode)));
    }
}

#[test]
fn a_control_frame_over_125_bytes_is_refused_at_the_second_byte() {
    for opcode in [Opcode::Close, Opcode::Ping, Opcode::Pong] {
        let first = 0x80 | opcode.bits();
        for second in [126, 127, 0x80 | 126, 0x80 | 127] {
            let error = refused_at_last_byte(&[first, second]);
            assert_eq!(error, ProtocolError::LongControl(opcode));
        }
        let (frame, _) = decode(&[first, 125]).unwrap().unwrap();
        assert_eq!((frame.opcode, frame.payload_length), (opcode, 125));
    }
}

#[test]
fn reserved_bits_are_decoded_and_left_to_the_connection() {
    for (first, rsv) in [(0xC2, Rsv::RSV1), (0xA2, Rsv::RSV2), (0x92, Rsv::RSV3)] {
        let frame = FrameHeader { rsv, ..BINARY };
        assert_eq!(decode(&[first, 0]), Ok(Some((frame, 2))));
        assert_eq!(encode(&frame), [first, 0]);
    }
}

#[test]
fn reserved_bits_are_within_those_that_hold_them_all() {
    for bits in 0..8 {
        for allowed in 0..8 {
            let within = Rsv::from_bits(bits).is_within(Rsv::from_bits(allowed));
            assert_eq!(within, bits & allowed == bits);
        }
    }
    assert_eq!(Rsv::from_bits(0xFF).bits(), 0b111);
}

fn opcode() -> impl Strategy<Value = Opcode> {
    prop::sample::select(vec![
        Opcode::Continuation,
        Opcode::Text,
        Opcode::Binary,
        Opcode::Close,
        Opcode::Ping,
        Opcode::Pong,
    ])
}

/// Lengths of every form, dense at the edges.
fn length() -> impl Strategy<Value = u64> {
    prop_oneof![0..=130_u64, 65_500..=65_600_u64, 0..=u64::MAX >> 1]
}

fn any_header() -> impl Strategy<Value = FrameHeader> {
    let key = prop::option::of(any::<[u8; 4]>());
    (any::<bool>(), 0..8_u8, opcode(), key, length()).prop_map(
        |(fin, rsv, opcode, masking_key, length)| FrameHeader {
            fin: fin || opcode.is_control(),
            rsv: Rsv::from_bits(rsv),
            opcode,
            masking_key,
            payload_length: if opcode.is_control() { length % 126 } else { length },
        },
    )
}

proptest! {
    #[test]
    fn what_is_encoded_decodes_to_the_same(frame in any_header(), behind in any::<Vec<u8>>()) {
        let encoded = encode(&frame);
        let first = u8::from(frame.fin) << 7 | frame.rsv.bits() << 4 | frame.opcode.bits();
        let by_hand = header(first, frame.masking_key.is_some(), frame.payload_length);
        prop_assert!(encoded.starts_with(&by_hand));
        prop_assert_eq!(
            FrameHeader::encoded_length(frame.payload_length, frame.masking_key.is_some()),
            encoded.len()
        );
        for end in 0..encoded.len() {
            prop_assert_eq!(decode(&encoded[..end]), Ok(None));
        }
        let followed = [&encoded[..], &behind].concat();
        prop_assert_eq!(decode(&followed), Ok(Some((frame, encoded.len()))));
    }

    #[test]
    fn what_decodes_encodes_to_the_same_bytes(bytes in any::<[u8; 20]>()) {
        if let Ok(Some((frame, length))) = decode(&bytes) {
            prop_assert_eq!(encode(&frame), &bytes[..length]);
        }
    }

    #[test]
    fn a_fault_stays_the_same_fault_when_more_bytes_come(bytes in any::<[u8; 20]>()) {
        let verdict = decode(&bytes);
        for end in 0..bytes.len() {
            let early = decode(&bytes[..end]);
            prop_assert!(early == Ok(None) || early == verdict);
        }
    }
}
