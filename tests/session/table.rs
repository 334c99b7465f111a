//! The table of frames: what one word each says, and back.

use framewire::protocol::{Opcode, Role};
use framewire::session::{Descriptor, FrameTable, Options, Session, Time};
use proptest::prelude::*;

use super::wire::{masked, plain};

fn receive(role: Role, raw: bool, chunk: &mut [u8]) -> FrameTable {
    let mut session = Session::new(&Options { raw, ..Options::new(role) }, Time::from_millis(0.0));
    let mut table = FrameTable::new();
    session.receive(Time::from_millis(0.0), chunk, &mut table);
    table
}

fn descriptors(table: &FrameTable) -> Vec<Descriptor> {
    (0..table.len()).map(|index| table.get(index).unwrap()).collect()
}

#[test]
fn a_chunk_of_messages_is_a_table_of_views_of_it() {
    let mut chunk = [plain(0x81, "aé".as_bytes()), plain(0x82, b""), plain(0x81, b"abc")].concat();
    let sent = chunk.clone();
    let table = receive(Role::Client, false, &mut chunk);
    let whole = |opcode, ascii, offset, length| Descriptor {
        opcode,
        fin: true,
        rsv: 0,
        last: true,
        ascii,
        aside: false,
        offset,
        length,
    };
    let expected = [
        whole(Opcode::Text, false, 2, 3),
        whole(Opcode::Binary, false, 7, 0),
        whole(Opcode::Text, true, 9, 3),
    ];
    assert_eq!(descriptors(&table), expected);
    assert_eq!((table.is_rewritten(), chunk), (false, sent), "the chunk is as it came");
}

#[test]
fn the_table_counts_the_bytes_of_what_lies_whole_in_a_chunk() {
    let cut = plain(0x82, &[0; 50]);
    let mut chunk =
        [plain(0x82, &[0; 10]), plain(0x01, b"frag"), plain(0x89, b"ping"), plain(0x80, b"ment")]
            .concat();
    chunk.extend([plain(0x81, b"abc").as_slice(), &cut[..20]].concat());
    assert_eq!(receive(Role::Client, false, &mut chunk).whole(), 13);
    assert_eq!(receive(Role::Client, true, &mut chunk).whole(), 21, "each frame by itself");
}

#[test]
fn offsets_count_from_what_came_before() {
    let mut chunk = [plain(0x89, b"ping"), plain(0x82, b"bytes")].concat();
    let mut session =
        Session::new(&Options { raw: true, ..Options::new(Role::Client) }, Time::from_millis(0.0));
    let mut table = FrameTable::new();
    table.advance(100);
    session.receive(Time::from_millis(0.0), &mut chunk, &mut table);
    let offsets: Vec<_> = descriptors(&table).iter().map(|part| part.offset).collect();
    assert_eq!(offsets, [0, 108], "what lies aside does not lie in the chunk");
    table.clear();
    session.receive(Time::from_millis(0.0), &mut chunk, &mut table);
    assert_eq!((table.get(1).unwrap().offset, table.whole()), (8, 5));
}

#[test]
fn masked_payload_is_rewritten_in_the_chunk() {
    let mut chunk = masked(0x82, b"payload");
    let table = receive(Role::Server, false, &mut chunk);
    let [part] = descriptors(&table)[..] else { panic!("one frame") };
    assert!(table.is_rewritten());
    assert_eq!(&chunk[part.offset..part.offset + part.length], b"payload");
}

#[test]
fn control_payloads_lie_aside() {
    let mut chunk = [plain(0x89, b"ping"), plain(0x8A, b""), plain(0x88, b"\x03\xE8")].concat();
    let table = receive(Role::Client, true, &mut chunk);
    let found: Vec<_> = descriptors(&table)
        .iter()
        .map(|part| (part.opcode, part.aside, &table.aside()[part.offset..][..part.length]))
        .collect();
    let expected: [(Opcode, bool, &[u8]); 3] = [
        (Opcode::Ping, true, b"ping"),
        (Opcode::Pong, true, b""),
        (Opcode::Close, true, b"\x03\xE8"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn the_words_are_as_documented() {
    let mut table = FrameTable::new();
    table.push(&Descriptor {
        opcode: Opcode::Pong,
        fin: true,
        rsv: 0b100,
        last: true,
        ascii: false,
        aside: true,
        offset: 7,
        length: 9,
    });
    assert_eq!(table.words(), [0xA | 1 << 4 | 0b100 << 5 | 1 << 8 | 1 << 10, 7, 9]);
    assert_eq!((table.len(), table.get(1), table.is_empty()), (1, None, false));
}

#[test]
fn a_cleared_table_is_empty() {
    let mut chunk = masked(0x82, b"payload");
    let mut table = receive(Role::Server, false, &mut chunk);
    table.push_aside(b"aside");
    table.clear();
    assert_eq!((table.len(), table.aside(), table.is_rewritten()), (0, &[][..], false));
}

proptest! {
    #[test]
    fn a_descriptor_comes_back_from_its_words(
        bits in (0..3_u8, any::<bool>(), 0..8_u8, any::<bool>(), any::<bool>(), any::<bool>()),
        offset in 0..u32::MAX,
        length in 0..u32::MAX,
    ) {
        let (opcode, fin, rsv, last, ascii, aside) = bits;
        let descriptor = Descriptor {
            opcode: Opcode::from_bits(opcode).unwrap(),
            fin,
            rsv,
            last,
            ascii,
            aside,
            offset: offset as usize,
            length: length as usize,
        };
        let mut table = FrameTable::new();
        table.push(&descriptor);
        prop_assert_eq!(table.get(0), Some(descriptor));
    }
}
