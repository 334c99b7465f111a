//! What one side writes, the other reads as it was meant; and both write the same frames.

use ::tungstenite::protocol::frame::Frame as TheirFrame;
use ::tungstenite::protocol::frame::coding::{Data, OpCode};
use ::tungstenite::{Message, Utf8Bytes};
use framewire::protocol::{
    Close, Config, Connection, FrameHeader, Mask, MaskingKey, Opcode, Role, Rsv,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::frame::parts;
use super::outcome::{Outcome, Said, Verdict};
use super::setup::Setup;
use super::snapview::{Wire, open};
use super::{ours, snapview};

/// What is to be written: a message in fragments of these lengths, or a control frame.
#[derive(Clone, Debug)]
struct Act {
    said: Said,
    fragments: Vec<Vec<u8>>,
}

impl Act {
    fn new(said: Said, splits: &[Index]) -> Self {
        let payload = match &said {
            Said::Text(text) => text.as_bytes(),
            Said::Binary(bytes) | Said::Ping(bytes) | Said::Pong(bytes) => bytes,
            Said::Close(_) => unreachable!("a Close is no frame like others"),
        };
        let mut ends: Vec<usize> = match said {
            Said::Text(_) | Said::Binary(_) => {
                splits.iter().map(|split| split.index(payload.len() + 1)).collect()
            }
            _ => Vec::new(),
        };
        ends.sort_unstable();
        ends.push(payload.len());
        let mut from = 0;
        let fragment = |to| {
            let fragment = payload[from..to].to_vec();
            from = to;
            fragment
        };
        let fragments = ends.into_iter().map(fragment).collect();
        Self { said, fragments }
    }

    fn opcode(&self, index: usize) -> Opcode {
        match self.said {
            _ if index > 0 => Opcode::Continuation,
            Said::Text(_) => Opcode::Text,
            Said::Binary(_) => Opcode::Binary,
            Said::Ping(_) => Opcode::Ping,
            _ => Opcode::Pong,
        }
    }
}

fn act() -> impl Strategy<Value = Act> {
    let length = prop_oneof![
        20 => 0..30_usize,
        4 => 120..130_usize,
        1 => select(vec![65_535_usize, 65_536, 70_000]),
    ];
    let bytes = (length, any::<u8>()).prop_map(|(length, byte)| vec![byte; length]);
    let control = || vec(any::<u8>(), 0..126);
    let said = prop_oneof![
        4 => "[a-zé€𝄞]{0,20}".prop_map(Said::Text),
        4 => bytes.prop_map(Said::Binary),
        1 => control().prop_map(Said::Ping),
        1 => control().prop_map(Said::Pong),
    ];
    (said, vec(any::<Index>(), 0..4)).prop_map(|(said, splits)| Act::new(said, &splits))
}

fn ending() -> impl Strategy<Value = Option<Option<(u16, String)>>> {
    let code = select(vec![1000_u16, 1001, 1007, 1011, 3000, 4999]);
    option::of(option::of((code, "[a-zé€]{0,30}")))
}

fn role() -> impl Strategy<Value = Role> {
    select(vec![Role::Client, Role::Server])
}

fn peer_of(role: Role) -> Setup {
    Setup::new(if role == Role::Client { Role::Server } else { Role::Client })
}

/// What we write in `role`.
fn we_write(
    role: Role,
    acts: &[Act],
    end: Option<&Option<(u16, String)>>,
    mut key: MaskingKey,
) -> Vec<u8> {
    let mut connection = Connection::new(Config::new(role));
    let mut bytes = Vec::new();
    let mut write = |header: FrameHeader, payload: &[u8]| {
        let mut out = [0; FrameHeader::MAX_LENGTH];
        let length = header.encode(&mut out);
        bytes.extend_from_slice(&out[..length]);
        let start = bytes.len();
        bytes.extend_from_slice(payload);
        if let Some(key) = header.masking_key {
            Mask::new(key).apply(&mut bytes[start..]);
        }
    };
    for act in acts {
        for (index, fragment) in act.fragments.iter().enumerate() {
            let fin = index + 1 == act.fragments.len();
            let length = fragment.len() as u64;
            key.rotate_left(1);
            let opcode = act.opcode(index);
            write(connection.frame(opcode, fin, Rsv::NONE, length, key).unwrap(), fragment);
        }
    }
    if let Some(end) = end {
        let close = end.as_ref();
        let close = close.map_or(Close::Empty, |(code, reason)| Close::new(*code, reason).unwrap());
        connection.close(close).unwrap();
        let payload = connection.poll_close().unwrap().encode();
        write(connection.owed_header(Opcode::Close, &payload, key), payload.as_slice());
    }
    bytes
}

/// What they write in `role`.
fn they_write(role: Role, acts: &[Act], end: Option<&Option<(u16, String)>>) -> Vec<u8> {
    let mut socket = open(&Setup::new(role), Wire::new(&[]));
    for act in acts {
        let whole = act.fragments.len() == 1;
        match &act.said {
            Said::Text(text) if whole => socket.send(Message::text(text)).unwrap(),
            Said::Binary(bytes) if whole => socket.send(Message::binary(bytes.clone())).unwrap(),
            Said::Ping(bytes) => socket.send(Message::Ping(bytes.clone().into())).unwrap(),
            Said::Pong(bytes) => socket.send(Message::Pong(bytes.clone().into())).unwrap(),
            _ => {
                for (index, fragment) in act.fragments.iter().enumerate() {
                    let opcode = match act.opcode(index) {
                        Opcode::Text => Data::Text,
                        Opcode::Binary => Data::Binary,
                        _ => Data::Continue,
                    };
                    let fin = index + 1 == act.fragments.len();
                    let frame = TheirFrame::message(fragment.clone(), OpCode::Data(opcode), fin);
                    socket.send(Message::Frame(frame)).unwrap();
                }
            }
        }
    }
    if let Some(end) = end {
        let close = end.as_ref().map(|(code, reason)| ::tungstenite::protocol::CloseFrame {
            code: (*code).into(),
            reason: Utf8Bytes::from(reason.as_str()),
        });
        socket.close(close).unwrap();
    }
    socket.get_ref().written.clone()
}

#[track_caller]
fn assert_read(outcome: &Outcome, acts: &[Act], end: Option<&Option<(u16, String)>>) {
    let acts = acts.iter().map(|act| act.said.clone());
    let said: Vec<Said> = acts.chain(end.map(|end| Said::Close(end.clone()))).collect();
    assert_eq!(outcome.said, said);
    assert_eq!(outcome.verdict, if end.is_some() { Verdict::Closed } else { Verdict::Waits });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn each_side_reads_what_the_other_wrote_and_both_write_the_same(
        role in role(),
        acts in vec(act(), 0..8),
        end in ending(),
        key in any::<[u8; 4]>(),
    ) {
        let (peer, end) = (peer_of(role), end.as_ref());
        let ours = we_write(role, &acts, end, key);
        let theirs = they_write(role, &acts, end);
        assert_read(&snapview::read(&peer, std::slice::from_ref(&ours)), &acts, end);
        assert_read(&ours::read(&peer, std::slice::from_ref(&theirs)).0, &acts, end);
        prop_assert_eq!(ours.len(), theirs.len());
        prop_assert_eq!(parts(&ours, 0).frames, parts(&theirs, 0).frames);
        if role == Role::Server {
            prop_assert!(ours == theirs, "unmasked frames have one form");
        }
    }
}
