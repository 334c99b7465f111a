//! The raw bindings in a browser: what JavaScript does with them, done from here through the
//! instance's memory.

#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, missing_docs)]

use framewire::bindings::{ClientUpgrade, Scratch, ServerUpgrade, Session};
use framewire_upgrade::object::Held;
use js_sys::{Uint8Array, WebAssembly};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

const TEXT: u8 = 0x11;
const BINARY: u8 = 0x12;
const TRANSMIT: u32 = 1 << 0;
const CLOSED: u32 = 1 << 4;
const WAIT: u32 = 1 << 6;
const REFUSED: u32 = 1 << 8;
const PROTOCOLS: u8 = 2;
const EXTENSIONS: u8 = 3;
const TARGET: u8 = 5;
const REQUEST: u8 = 7;

/// A view of the instance's memory, as JavaScript has it.
fn memory<T>(at: *const T, length: usize) -> Uint8Array {
    let buffer = wasm_bindgen::memory().unchecked_into::<WebAssembly::Memory>().buffer();
    let at = u32::try_from(at.addr()).unwrap();
    Uint8Array::new_with_byte_offset_and_length(&buffer, at, u32::try_from(length).unwrap())
}

/// A copy of bytes of the memory. To make it may grow the memory, which detaches every view.
fn copy<T>(at: *const T, length: usize) -> Vec<u8> {
    memory(at, length).slice(0, u32::try_from(length).unwrap()).to_vec()
}

fn session(server: bool) -> Session {
    Session::new(&Session::defaults(server), 0.0)
}

fn send(session: &mut Session, head: u8, payload: &[u8]) -> u32 {
    let scratch = Scratch::new();
    memory(scratch.chunk(), payload.len()).copy_from(payload);
    session.send(&scratch, head, payload.len())
}

/// What goes out, once.
fn transmit(session: &mut Session) -> Vec<u8> {
    let mut scratch = Scratch::new();
    assert_eq!(session.poll_transmit(&mut scratch, 1.0) >> 16, 1);
    let at = usize::try_from(report(&scratch, 0)).unwrap();
    let bytes = copy(at as *const u8, usize::try_from(report(&scratch, 1)).unwrap());
    session.accepted(1.0);
    bytes
}

/// A word of the report.
fn report(scratch: &Scratch, word: usize) -> u32 {
    let bytes = copy(scratch.report(), 40);
    u32::from_le_bytes(bytes[word * 4..word * 4 + 4].try_into().unwrap())
}

/// The bytes of the table's words.
fn table(scratch: &Scratch) -> Vec<u8> {
    let at = usize::try_from(report(scratch, 0)).unwrap() * 4;
    let words = usize::try_from(report(scratch, 1)).unwrap();
    copy(at as *const u8, words * 4)
}

/// Hands a part of a chunk in and reads the table: each frame's bits and payload.
fn receive(session: &mut Session, scratch: &mut Scratch, chunk: &[u8]) -> Vec<(u32, Vec<u8>)> {
    memory(scratch.chunk(), chunk.len()).copy_from(chunk);
    session.receive_more(scratch, 0, chunk.len(), 1.0);
    let bytes = copy(scratch.chunk(), chunk.len());
    let words = table(scratch);
    let word = |bytes: &[u8]| u32::from_le_bytes(bytes.try_into().unwrap());
    let frame = |entry: &[u8]| {
        let offset = usize::try_from(word(&entry[4..8])).unwrap();
        let length = usize::try_from(word(&entry[8..12])).unwrap();
        (word(&entry[..4]), bytes[offset..offset + length].to_vec())
    };
    words.chunks_exact(12).map(frame).collect()
}

#[wasm_bindgen_test]
fn frames_go_both_ways_and_the_table_says_where_they_lie() {
    let (mut client, mut server) = (session(false), session(true));
    let mut scratch = Scratch::new();
    assert_eq!(send(&mut client, TEXT, b"plain") & (TRANSMIT | WAIT | REFUSED), TRANSMIT);
    send(&mut client, TEXT, "grün".as_bytes());
    send(&mut client, BINARY, &[0xFF; 300]);
    let wire = transmit(&mut client);
    assert_eq!(wire.len(), 3 * 6 + 5 + 5 + 300 + 2);
    let frames = receive(&mut server, &mut scratch, &wire);
    let (text, binary, last, ascii) = (0x11, 0x12, 1 << 8, 1 << 9);
    let expected = [
        (text | last | ascii, b"plain".to_vec()),
        (text | last, "grün".as_bytes().to_vec()),
        (binary | last, vec![0xFF; 300]),
    ];
    assert_eq!(frames, expected);
    assert_eq!(report(&scratch, 3), 1, "rewritten");

    send(&mut server, TEXT, b"back");
    let frames = receive(&mut client, &mut scratch, &transmit(&mut server));
    assert_eq!(frames, [(text | last | ascii, b"back".to_vec())]);
    assert_eq!(report(&scratch, 3), 0, "not rewritten");
}

#[wasm_bindgen_test]
fn every_frame_has_a_masking_key_of_its_own() {
    let mut client = session(false);
    let mut keys = Vec::new();
    for _ in 0..3000 {
        send(&mut client, BINARY, b"");
        keys.push(transmit(&mut client)[2..].to_vec());
    }
    keys.sort();
    keys.dedup();
    // Keys are random: of 3000, two may be alike once in a thousand runs.
    assert!(keys.len() >= 2998, "{} of 3000 keys differ", keys.len());
}

#[wasm_bindgen_test]
fn a_long_frame_is_masked_window_by_window() {
    let (mut client, mut server) = (session(false), session(true));
    let mut scratch = Scratch::new();
    let payload: Vec<u8> = (0..=250).cycle().take(100_001).collect();
    client.begin_held(BINARY, 1.0);
    let mut masked = Vec::new();
    for window in payload.chunks(4099) {
        memory(scratch.chunk(), window.len()).copy_from(window);
        client.mask(&mut scratch, window.len());
        masked.extend(copy(scratch.chunk(), window.len()));
    }
    let header = usize::try_from(client.hold(&mut scratch, 100_001.0) >> 16).unwrap();
    let wire = [copy(scratch.chunk(), header), masked].concat();
    assert_eq!(client.poll_transmit(&mut Scratch::new(), 1.0) >> 16, 2);
    client.accepted(1.0);
    let mut parts = Vec::new();
    for window in wire.chunks(scratch.capacity()) {
        parts.extend(receive(&mut server, &mut scratch, window));
    }
    assert_eq!(parts.len(), 2);
    assert_eq!([parts[0].1.as_slice(), &parts[1].1].concat(), payload);
}

#[wasm_bindgen_test]
fn payload_that_need_not_be_seen_is_counted() {
    let mut client = session(false);
    let mut scratch = Scratch::new();
    assert_eq!(receive(&mut client, &mut scratch, &[0x82, 126, 4, 0, 7]), [(0x12, vec![7])]);
    assert_eq!((report(&scratch, 5), report(&scratch, 6)), (1023, 1023), "unseen, remaining");
    memory(scratch.chunk(), 3).copy_from(&[0x82, 1, 9]);
    client.receive(&mut scratch, 1023, 3, 0, 0.0, 1.0);
    let (rest, next) = ([0x12, 1, 0, 0, 0, 0, 0, 0, 0xFF, 3, 0, 0], [0x12, 1, 0, 0, 1, 4, 0, 0]);
    let words = table(&scratch);
    assert_eq!((&words[..12], &words[12..20]), (&rest[..], &next[..]));
    assert_eq!((report(&scratch, 4), report(&scratch, 5), report(&scratch, 6)), (1, 0, 0));
    assert_eq!((report(&scratch, 8), report(&scratch, 9)), (0, 2), "excess and queue, in frames");
}

#[wasm_bindgen_test]
async fn flush_settles_when_the_transport_accepted() {
    let mut client = session(false);
    JsFuture::from(client.flush()).await.unwrap();
    send(&mut client, TEXT, b"waits");
    let flushed = client.flush();
    transmit(&mut client);
    JsFuture::from(flushed).await.unwrap();

    send(&mut client, TEXT, b"lost");
    let flushed = client.flush();
    client.terminate();
    assert!(JsFuture::from(flushed).await.is_err());
}

#[wasm_bindgen_test]
fn a_closing_handshake_ends_both() {
    let (mut client, mut server) = (session(false), session(true));
    let mut scratch = Scratch::new();
    client.close(Some(4000), "done", 1.0);
    receive(&mut server, &mut scratch, &transmit(&mut client));
    receive(&mut client, &mut scratch, &transmit(&mut server));
    for session in [&client, &server] {
        assert_eq!(session.signals() & CLOSED, CLOSED);
        let ending = session.ending().unwrap();
        assert_eq!((ending.code(0), ending.was_clean()), (Some(4000), true));
        assert_eq!(ending.reason(0), "done");
    }
}

/// Texts as JavaScript hands a list of them over: each behind its length.
fn packed(texts: &[&str]) -> Vec<u8> {
    let length = |text: &str| u32::try_from(text.len()).unwrap().to_le_bytes();
    texts.iter().flat_map(|text| [&length(text), text.as_bytes()].concat()).collect()
}

#[wasm_bindgen_test]
fn an_upgrade_is_asked_for_and_granted() {
    let headers = packed(&["Authorization", "Bearer abc"]);
    let (host, target) = ("example.com".to_owned(), "/chat".to_owned());
    let offers = ["x-a", "2", "level", "9", "fast", "", "x-b", "0"];
    let protocols = packed(&["a", "b"]);
    let client = ClientUpgrade::new(host, target, None, &protocols, &packed(&offers), &headers);
    let mut client = client.ok().unwrap();
    let mut server = ServerUpgrade::new();
    assert_eq!(server.receive(&client.bytes(REQUEST)), 1);
    assert_eq!(server.text(PROTOCOLS), "a\nb\n");
    assert_eq!(server.text(TARGET), "/chat");
    assert_eq!(server.text(EXTENSIONS), "x-a\n2\nlevel\n9\nfast\n\nx-b\n0\n");
    let accepted = packed(&["x-a", "1", "level", "9"]);
    let answer = server.accept("b".to_owned(), &accepted, &[]).ok().unwrap();
    assert_eq!(client.receive(&answer), 1);
    assert_eq!(client.text(EXTENSIONS), "x-a\n1\nlevel\n9\n");
    assert_eq!(client.text(PROTOCOLS), "b");
    assert_eq!(client.status(), Some(101));
}

#[wasm_bindgen_test]
fn an_object_is_lent_to_one_call_at_a_time() {
    let held: &'static Held<u32> = Box::leak(Box::new(Held::new(1)));
    let mut first = held.lend().unwrap();
    *first = 2;
    assert!(held.lend().is_none());
    drop(first);
    assert_eq!(held.lend().as_deref(), Some(&2));
}
