//! Bytes to frames: what must hold for any stream, however it is cut.

use framewire::protocol::{Config, Limits, Role, Rsv};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::support::{KEY, Outcome, Reader, read_cut, wire};

/// A stream near a valid one: good frames in any order, and bytes of any kind between them.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let first = select(vec![0x81, 0x82, 0x01, 0x02, 0x00, 0x80, 0x89, 0x8A, 0xC1, 0x88]);
    let payload = prop_oneof![
        vec(any::<u8>(), 0..20),
        ".{0,10}".prop_map(String::into_bytes),
        vec(any::<u8>(), 120..140),
        Just(b"\x03\xE8bye".to_vec()),
    ];
    let key = select(vec![None, Some(KEY)]);
    let frame = (first, key, payload).prop_map(|(first, key, payload)| wire(first, key, &payload));
    let piece = prop_oneof![9 => frame, 1 => vec(any::<u8>(), 0..6)];
    vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn config() -> impl Strategy<Value = Config> {
    let role = select(vec![Role::Client, Role::Server]);
    let limits = prop_oneof![
        3 => Just(Limits::default()),
        1 => (0..200_u64, 0..200_u64)
            .prop_map(|(max_frame_size, max_message_size)| Limits { max_frame_size, max_message_size }),
    ];
    (role, any::<bool>(), 0..8_u8, limits, any::<bool>()).prop_map(
        |(role, allow_mask_mismatch, rsv, limits, auto_pong)| Config {
            allow_mask_mismatch: allow_mask_mismatch || role == Role::Client,
            owned_rsv: Rsv::from_bits(rsv),
            limits,
            auto_pong,
            ..Config::new(role)
        },
    )
}

fn cuts(bytes: &[u8], cuts: &[Index]) -> Vec<usize> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    cuts.sort_unstable();
    cuts
}

/// Reads on after each byte and checks that nothing is ever taken back.
fn grows(config: Config, bytes: &[u8]) -> Outcome {
    let mut reader = Reader::new(config);
    let mut seen = 0;
    for byte in bytes {
        reader.feed(&[*byte]);
        assert!(reader.events.len() <= seen + 1, "two frames with one byte");
        seen = reader.events.len();
    }
    reader.outcome()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_stream_means_the_same_however_it_is_cut(
        config in config(),
        bytes in stream(),
        plan in vec(any::<Index>(), 0..6),
    ) {
        let whole = read_cut(config, &bytes, &[]);
        prop_assert_eq!(&read_cut(config, &bytes, &cuts(&bytes, &plan)), &whole);
        prop_assert_eq!(&grows(config, &bytes), &whole);
    }

    #[test]
    fn random_bytes_never_panic_and_mean_the_same_however_cut(
        config in config(),
        bytes in vec(any::<u8>(), 0..200),
        plan in vec(any::<Index>(), 0..6),
    ) {
        let whole = read_cut(config, &bytes, &[]);
        prop_assert_eq!(&read_cut(config, &bytes, &cuts(&bytes, &plan)), &whole);
        prop_assert_eq!(&grows(config, &bytes), &whole);
    }
}
