//! Random streams near valid ones, and how they are cut.

use core::fmt;
use std::rc::Rc;

use framewire::protocol::{Limits, Role};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::frame::{Form, Frame};
use super::setup::Setup;

/// A stream, who reads it, and in which chunks it comes.
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    pub(crate) setup: Setup,
    /// What it was made of; to be shown, when it shows something.
    #[allow(dead_code, reason = "read by Debug")]
    pieces: Rc<dyn fmt::Debug>,
    pub(crate) bytes: Vec<u8>,
    cuts: Vec<Index>,
}

impl Stream {
    /// A stream to be read by `setup`, made of `pieces`.
    pub(crate) fn new(
        setup: Setup,
        pieces: impl fmt::Debug + 'static,
        bytes: Vec<u8>,
        cuts: Vec<Index>,
    ) -> Self {
        Self { setup, pieces: Rc::new(pieces), bytes, cuts }
    }

    pub(crate) fn chunks(&self) -> Vec<Vec<u8>> {
        let length = self.bytes.len();
        let mut cuts: Vec<usize> = self.cuts.iter().map(|cut| cut.index(length + 1)).collect();
        cuts.sort_unstable();
        cuts.push(length);
        let mut from = 0;
        let chunk = |to| {
            let chunk = self.bytes[from..to].to_vec();
            from = to;
            chunk
        };
        cuts.into_iter().map(chunk).collect()
    }
}

/// What a stream is made of.
#[derive(Clone, Debug)]
enum Piece {
    /// A message in fragments, and a control frame behind the first of them.
    Message {
        text: bool,
        payload: Vec<u8>,
        splits: Vec<Index>,
        between: Option<Frame>,
    },
    /// A frame on its own, right or wrong.
    Frame(Frame),
    /// A frame that is masked if it must not be, and not if it must.
    WrongMask(Frame),
    Bytes(Vec<u8>),
}

impl Piece {
    fn write(&self, masked: bool, key: [u8; 4], out: &mut Vec<u8>) {
        let key = masked.then_some(key);
        match self {
            Self::Message { text, payload, splits, between } => {
                let mut ends: Vec<usize> =
                    splits.iter().map(|split| split.index(payload.len() + 1)).collect();
                ends.sort_unstable();
                ends.push(payload.len());
                let mut from = 0;
                for (index, &to) in ends.iter().enumerate() {
                    let kind = if *text { 0x01 } else { 0x02 };
                    let opcode = if index == 0 { kind } else { 0x00 };
                    let fin = if index + 1 == ends.len() { 0x80 } else { 0x00 };
                    out.extend(Frame::new(fin | opcode, key, &payload[from..to]).bytes());
                    if let (0, Some(frame)) = (index, between) {
                        out.extend(Frame { key, ..frame.clone() }.bytes());
                    }
                    from = to;
                }
            }
            Self::Frame(frame) => out.extend(Frame { key, ..frame.clone() }.bytes()),
            Self::WrongMask(frame) => {
                let key = if masked { None } else { Some([1, 2, 3, 4]) };
                out.extend(Frame { key, ..frame.clone() }.bytes());
            }
            Self::Bytes(bytes) => out.extend(bytes),
        }
    }
}

pub(crate) fn stream() -> impl Strategy<Value = Stream> {
    let plan = (vec(piece(), 0..7), any::<[u8; 4]>(), option::weighted(0.3, any::<Index>()));
    (setup(), plan, vec(any::<Index>(), 0..6)).prop_map(|(setup, (pieces, key, end), cuts)| {
        let mut bytes = Vec::new();
        pieces.iter().for_each(|piece| piece.write(setup.is_masked(), key, &mut bytes));
        if let Some(end) = end {
            bytes.truncate(end.index(bytes.len() + 1));
        }
        Stream::new(setup, pieces, bytes, cuts)
    })
}

fn setup() -> impl Strategy<Value = Setup> {
    let limits = prop_oneof![
        4 => Just(Limits { max_frame_size: 70_000, max_message_size: 200_000 }),
        1 => (0..200_u64, 0..200_u64)
            .prop_map(|(max_frame_size, max_message_size)| Limits { max_frame_size, max_message_size }),
    ];
    let role = select(vec![Role::Client, Role::Server]);
    (role, limits, prop::bool::weighted(0.1), prop::bool::weighted(0.15)).prop_map(
        |(role, limits, takes_unmasked, closes)| Setup {
            role,
            limits,
            takes_unmasked: takes_unmasked && role == Role::Server,
            closes,
            deflate: None,
        },
    )
}

fn piece() -> impl Strategy<Value = Piece> {
    let splits = prop_oneof![2 => Just(vec![]), 1 => vec(any::<Index>(), 1..4)];
    let between = option::weighted(0.3, control());
    let message = (payload(), splits, between).prop_map(|((text, payload), splits, between)| {
        Piece::Message { text, payload, splits, between }
    });
    prop_oneof![
        40 => message,
        12 => control().prop_map(Piece::Frame),
        3 => close().prop_map(Piece::Frame),
        6 => broken().prop_map(Piece::Frame),
        1 => control().prop_map(Piece::WrongMask),
        1 => payload()
            .prop_map(|(_, payload)| Piece::WrongMask(Frame::new(0x82, None, &payload))),
        1 => vec(any::<u8>(), 0..16).prop_map(Piece::Bytes),
    ]
}

/// A payload, and whether it is meant as text.
fn payload() -> impl Strategy<Value = (bool, Vec<u8>)> {
    let characters = select(vec!["a", "z", " ", "é", "ß", "€", "\u{FFFD}", "𝄞", "\u{10FFFF}"]);
    let text = vec(characters, 0..12).prop_map(|parts| (true, parts.concat().into_bytes()));
    let broken = select(vec![
        &b"\x80"[..],
        b"\xC0\xAF",
        b"\xC3",
        b"\xE2\x82",
        b"\xE0\x80\x80",
        b"\xED\xA0\x80",
        b"\xF0\x9D\x84",
        b"\xF4\x90\x80\x80",
        b"\xF8\x88\x80\x80\x80",
        b"\xFF",
    ]);
    let not_text = (text.clone(), broken, text.clone())
        .prop_map(|((_, before), bytes, (_, after))| (true, [&before, bytes, &after].concat()));
    let length = prop_oneof![
        10 => 0..40_usize,
        3 => 120..130_usize,
        1 => 0..1000_usize,
        1 => prop_oneof![20 => 100..200_usize, 1 => select(vec![65_535_usize, 65_536, 69_990, 70_001])],
    ];
    let long = (any::<bool>(), length).prop_map(|(text, length)| (text, vec![b'.'; length]));
    prop_oneof![
        8 => text,
        1 => not_text,
        4 => (Just(false), vec(any::<u8>(), 0..20)),
        4 => long,
    ]
}

pub(crate) fn control() -> impl Strategy<Value = Frame> {
    let length = prop_oneof![4 => 0..8_usize, 1 => select(vec![124_usize, 125])];
    (select(vec![0x89, 0x8A]), length, any::<u8>())
        .prop_map(|(first, length, byte)| Frame::new(first, None, &vec![byte; length]))
}

fn close() -> impl Strategy<Value = Frame> {
    let code = prop_oneof![
        3 => prop_oneof![1000..=1003_u16, 1007..=1014_u16, 3000..=4999_u16],
        1 => any::<u16>(),
        1 => select(vec![0_u16, 999, 1004, 1005, 1006, 1014, 1015, 1016, 2999, 5000, 65_535]),
    ];
    let reason = prop_oneof![
        4 => Just(vec![]),
        3 => select(vec!["bye", "adiós", "\u{FFFD}"]).prop_map(|text| text.as_bytes().to_vec()),
        1 => Just(vec![b'x'; 123]),
        1 => select(vec![b"\xFF".to_vec(), b"\xE2\x82".to_vec(), b"\xED\xA0\x80".to_vec()]),
    ];
    let status =
        (code, reason).prop_map(|(code, reason)| [&code.to_be_bytes()[..], &reason].concat());
    let payload = prop_oneof![
        2 => Just(vec![]),
        1 => Just(vec![0x03]),
        9 => status,
    ];
    payload.prop_map(|payload| Frame::new(0x88, None, &payload))
}

/// A frame with any first byte and any form of its length; now and then a right one.
fn broken() -> impl Strategy<Value = Frame> {
    let first = prop_oneof![
        2 => any::<u8>(),
        2 => select(vec![0x80, 0x00, 0x01, 0x02, 0x81, 0x82]),
        1 => select(vec![0x83, 0x8B, 0xC1, 0xA2, 0x91, 0x09, 0x08, 0xC9]),
    ];
    let form = prop_oneof![
        4 => Just(Form::Shortest),
        2 => Just(Form::Sixteen),
        1 => Just(Form::SixtyFour),
        1 => prop_oneof![
            any::<u64>(),
            select(vec![1 << 63, u64::MAX, (1 << 63) - 1, 65_535, 65_536, 70_000, 70_001]),
        ].prop_map(Form::Claims),
    ];
    let length = prop_oneof![3 => 0..10_usize, 1 => 100..300_usize];
    (first, form, length).prop_map(|(first, form, length)| Frame {
        form,
        ..Frame::new(first, None, &vec![b'!'; length])
    })
}
