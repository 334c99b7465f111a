//! Control payloads: up to 125 bytes and no more.

use framewire::protocol::{ControlPayload, UsageError};

#[test]
fn up_to_125_bytes_are_held() {
    for length in 0..=125 {
        let bytes = vec![7; length];
        assert_eq!(ControlPayload::new(&bytes).unwrap().as_slice(), bytes);
    }
}

#[test]
fn more_than_125_bytes_are_refused() {
    for length in [126, 1000] {
        let refused = ControlPayload::new(&vec![7; length]);
        assert_eq!(refused, Err(UsageError::LongControl(length)));
    }
}

#[test]
fn payloads_are_equal_if_their_bytes_are() {
    let mut grown = ControlPayload::new(b"ab").unwrap();
    grown.extend(b"c");
    assert_eq!(grown, ControlPayload::new(b"abc").unwrap());
    assert_ne!(grown, ControlPayload::new(b"abc\0").unwrap());
}
