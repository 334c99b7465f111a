//! Masking: the phase of the key over any split, and the naive loop as its judge.

use framewire::protocol::Mask;
use proptest::prelude::*;

use super::support::{KEY, hex};

fn naive(key: [u8; 4], bytes: &[u8]) -> Vec<u8> {
    bytes.iter().enumerate().map(|(index, byte)| byte ^ key[index % 4]).collect()
}

/// Behind what is there already.
fn appended(key: [u8; 4], bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![7; 3];
    Mask::new(key).append(bytes, &mut out);
    assert_eq!(out[..3], [7; 3]);
    out.split_off(3)
}

fn masked(key: [u8; 4], bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    Mask::new(key).apply(&mut bytes);
    bytes
}

#[test]
fn the_example_of_rfc_6455_section_5_7() {
    assert_eq!(masked(KEY, b"Hello"), hex("7f 9f 4d 51 58"));
}

#[test]
fn every_length_around_the_block_matches_the_naive_loop() {
    let bytes: Vec<u8> = (0..=255).cycle().take(400).collect();
    for length in 0..bytes.len() {
        let expected = naive(KEY, &bytes[..length]);
        assert_eq!(masked(KEY, &bytes[..length]), expected, "{length} bytes");
        assert_eq!(appended(KEY, &bytes[..length]), expected, "{length} bytes appended");
    }
}

#[test]
fn a_payload_cut_in_two_anywhere_is_masked_as_one() {
    let bytes: Vec<u8> = (0..=255).cycle().take(300).collect();
    let whole = masked(KEY, &bytes);
    for cut in 0..=bytes.len() {
        let mut cut_bytes = bytes.clone();
        let mut mask = Mask::new(KEY);
        mask.apply(&mut cut_bytes[..cut]);
        mask.apply(&mut cut_bytes[cut..]);
        assert_eq!(cut_bytes, whole, "cut at {cut}");
        let (mut mask, mut out) = (Mask::new(KEY), Vec::new());
        mask.append(&bytes[..cut], &mut out);
        mask.append(&bytes[cut..], &mut out);
        assert_eq!(out, whole, "appended in two, cut at {cut}");
    }
}

#[test]
fn no_bytes_leave_the_phase_where_it_is() {
    let mut mask = Mask::new(KEY);
    mask.apply(&mut []);
    assert_eq!(mask, Mask::new(KEY));
}

proptest! {
    #[test]
    fn any_split_is_the_naive_loop_over_the_whole(
        key in any::<[u8; 4]>(),
        pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..8),
    ) {
        let mut mask = Mask::new(key);
        let mut out = Vec::new();
        for piece in &pieces {
            let mut piece = piece.clone();
            mask.apply(&mut piece);
            out.extend(piece);
        }
        prop_assert_eq!(out, naive(key, &pieces.concat()));
    }

    #[test]
    fn twice_is_the_identity(key in any::<[u8; 4]>(), bytes in any::<Vec<u8>>()) {
        prop_assert_eq!(masked(key, &masked(key, &bytes)), bytes);
    }
}
