//! How yawc is known to differ in compressed streams. What the table says is shown in
//! `shown_deflate.rs`, byte by byte.

use framewire::protocol::Limits;

use super::comparison::{Case, Difference, Peer, Relation, compare};
use super::frame::{Frame, Whole, parts};
use super::outcome::{Cause, Said, Verdict};
use super::{infinitefield, ours, reference};

pub(crate) const YAWC: Peer = Peer {
    name: "theirs",
    read: infinitefield::read,
    differences: &[
        RSV1_ON_CONTROL,
        RSV1_ON_FRAGMENT,
        FRAGMENT_OVERHEAD,
        TRUNCATED,
        CODE_OF_CORRUPTION,
        TWO_FAULTS,
        FINAL_BLOCK,
        LATE,
    ],
};

/// FIN and RSV1.
const FIN: u8 = 0x80;
const RSV1: u8 = 0x40;

const RSV1_ON_CONTROL: Difference = Difference {
    name: "RSV1 on control",
    rule: "RFC 7692 §6.1: RSV1 is set on the first fragment of a message and on no other frame, so \
           that on a control frame it is not negotiated (RFC 6455 §5.2): 1002; they take it",
    holds: |case| {
        refuses_bits(case)
            && is_refused_frame(case, |frame| is_control(frame) && frame.first & RSV1 != 0)
            && agrees_without_bit(case, is_control)
    },
};

const RSV1_ON_FRAGMENT: Difference = Difference {
    name: "RSV1 on fragment",
    rule: "RFC 7692 §6.1: RSV1 must not be set on a fragment that is not the first: 1002; they take \
           it, and inflate the fragment even where the message is not compressed",
    holds: |case| {
        refuses_bits(case)
            && is_refused_frame(case, |frame| frame.first & !FIN == RSV1)
            && (!is_compressed(case) || agrees_without_bit(case, |frame| frame.first & 0x0F == 0))
    },
};

const FRAGMENT_OVERHEAD: Difference = Difference {
    name: "fragment overhead",
    rule: "RFC 6455 §10.4 leaves limits to the implementation: we hold them against what was sent, \
           too, and charge 16 bytes for each fragment beside its payload",
    holds: |case| {
        let Verdict::Fault(Cause::TooBig { length }) = case.ours.verdict else { return false };
        let (limits, chunks) = (case.setup.limits, [case.stream.to_vec()]);
        let longest = case.theirs.said.iter().map(length_of).max().unwrap_or_default();
        let setup = &case.setup.without_message_limit();
        let ours = ours::read(setup, &chunks).0;
        // What they take beyond it may pass the limit too, behind another fault perhaps.
        let is_passed = matches!(case.theirs.verdict, Verdict::Fault(Cause::TooBig { .. }))
            && payloads(&ours.said)
                .zip(payloads(&case.theirs.said))
                .all(|(one, other)| one == other);
        let roomy = Case { setup, ours, theirs: case.theirs.clone(), ..*case };
        setup != case.setup
            && case.is_our_fault_first()
            && length <= limits.max_message_size + Limits::FRAGMENT_OVERHEAD * fragments(case)
            && longest <= limits.max_message_size
            && (is_passed || roomy.relation() != Relation::Unknown)
    },
};

const TRUNCATED: Difference = Difference {
    name: "truncated",
    rule: "RFC 7692 §7.2.1: a message ends with a flush, between two blocks, and one that does not \
           is none (1007); they hand out what there is of it",
    holds: |case| {
        let ours = Verdict::Fault(Cause::Truncated);
        let count = messages(&case.ours.said);
        let inflated = inflated(case);
        case.ours.verdict == ours
            && case.is_our_fault_first()
            && inflated.get(count).is_some_and(|message| message.bytes.is_none())
    },
};

const CODE_OF_CORRUPTION: Difference = Difference {
    name: "code of corruption",
    rule: "RFC 6455 §7.4.1: data that is not what the message's type says is 1007; RFC 7692 names no \
           code for what cannot be inflated, for which theirs is 1011: an error of their own",
    holds: |case| {
        let count = messages(&case.ours.said);
        case.ours.verdict == Verdict::Fault(Cause::Corrupt)
            && case.is_our_fault_first()
            && case.theirs.verdict == Verdict::Fault(Cause::Unnamed)
            && messages(&case.theirs.said) == count
            && inflated(case).get(count).is_some_and(|message| message.bytes.is_none())
    },
};

const TWO_FAULTS: Difference = Difference {
    name: "two faults",
    rule: "RFC 6455 §7.1.7 does not say which of two faults in one message counts: we look at the text \
           and the length while it is inflated, they once that is done",
    holds: |case| {
        let (limit, count) = (case.setup.limits.max_message_size, messages(&case.ours.said));
        let inflated = inflated(case);
        let Some(message) = inflated.get(count) else { return false };
        let is_theirs = match (case.theirs.verdict, &message.bytes) {
            (Verdict::Fault(Cause::Unnamed), bytes) => bytes.is_none(),
            (Verdict::Fault(Cause::TooBig { .. }), Some(bytes)) => bytes.len() as u64 > limit,
            (Verdict::Fault(Cause::TooBig { .. }), None) => true,
            _ => false,
        };
        is_theirs
            && matches!(case.ours.verdict, Verdict::Fault(Cause::NotUtf8 | Cause::TooBig { .. }))
            && case.is_our_fault_first()
            && messages(&case.theirs.said) == count
    },
};

const FINAL_BLOCK: Difference = Difference {
    name: "final block",
    rule: "RFC 7692 §7.2.3.4: a message may have final blocks; what follows one in the message counts, \
           and with context takeover (§7.1.1) later messages refer to it; they drop both",
    holds: |case| {
        let inflated = inflated(case);
        let same = messages(&case.ours.said)
            .min(case.ours.said.iter().zip(&case.theirs.said).take_while(|(a, b)| a == b).count());
        inflated.iter().take(same + 1).any(|message| message.has_final_block)
            && payloads(&case.ours.said)
                .zip(&inflated)
                .all(|(said, message)| message.bytes.as_deref() == Some(said))
    },
};

const LATE: Difference = Difference {
    name: "late",
    rule: "RFC 6455 §7.1.7 does not say when a fault has to be found: we find it with its first byte, \
           they once the frame is whole, and bad text once the message is. Completed, the stream has \
           the same verdict",
    holds: |case| {
        let Case { peer, setup, stream, ours, theirs } = case;
        if !case.is_our_fault_first() {
            return false;
        }
        if theirs.verdict != Verdict::Waits {
            // Control frames came between the fault and the end of its message.
            return theirs.verdict.agrees(ours.verdict)
                && messages(&theirs.said) == messages(&ours.said);
        }
        let completed = completed(case);
        let chunks = std::slice::from_ref(&completed);
        completed != *stream && {
            let completed = compare(peer, setup, &completed, chunks);
            completed.theirs.said.starts_with(&theirs.said)
                && completed.relation() != Relation::Unknown
        }
    },
};

fn refuses_bits(case: &Case<'_>) -> bool {
    case.ours.verdict == Verdict::Fault(Cause::ReservedBits) && case.is_our_fault_first()
}

fn is_control(frame: &Whole) -> bool {
    frame.first & 0x08 != 0
}

/// How many frames of the stream we took.
fn taken(case: &Case<'_>) -> usize {
    ours::read(case.setup, &[case.stream.to_vec()]).1.len()
}

/// Whether the frame that we refused is like this.
fn is_refused_frame(case: &Case<'_>, is: fn(&Whole) -> bool) -> bool {
    let taken = taken(case);
    // It may not be whole.
    let completed = [case.stream, &vec![0; case.parts().missing]].concat();
    parts(&completed, 0).frames.get(taken).is_some_and(is)
}

/// Whether the message under way where we refused a frame is a compressed one.
fn is_compressed(case: &Case<'_>) -> bool {
    let (_, frames) = ours::read(case.setup, &[case.stream.to_vec()]);
    let first = frames.iter().rev().find(|frame| frame.first & 0x0F != 0 && !is_control(frame));
    first.is_some_and(|frame| frame.first & RSV1 != 0)
}

/// Whether they make of the stream what both make of it without RSV1 on such frames.
fn agrees_without_bit(case: &Case<'_>, is: fn(&Whole) -> bool) -> bool {
    let mut frames = case.parts().frames;
    frames.iter_mut().filter(|frame| is(frame)).for_each(|frame| frame.first &= !RSV1);
    let stream = written(&frames);
    compare(case.peer, case.setup, &stream, std::slice::from_ref(&stream)).relation()
        != Relation::Unknown
}

/// The stream with its last frame and its last message completed.
fn completed(case: &Case<'_>) -> Vec<u8> {
    let stream = [case.stream, &vec![0; case.parts().missing]].concat();
    let mut frames = parts(&stream, 0).frames;
    // Of a header that was cut before its second byte, nothing is known that could be completed.
    frames.retain(|frame| frame.masked == case.setup.is_masked());
    let last = frames.iter().rev().find(|frame| !is_control(frame));
    if last.is_some_and(|frame| frame.first & FIN == 0) {
        frames.push(Whole { first: FIN, masked: case.setup.is_masked(), payload: Vec::new() });
    }
    written(&frames)
}

fn written(frames: &[Whole]) -> Vec<u8> {
    let key = |frame: &Whole| frame.masked.then_some([0; 4]);
    let bytes = |frame: &Whole| Frame::new(frame.first, key(frame), &frame.payload).bytes();
    frames.iter().flat_map(bytes).collect()
}

/// What zlib makes of the messages, the last one completed.
fn inflated(case: &Case<'_>) -> Vec<reference::Message> {
    reference::messages(case.setup, &parts(&completed(case), 0).frames)
}

/// How many fragments the stream has.
fn fragments(case: &Case<'_>) -> u64 {
    let frames = case.parts().frames;
    frames.iter().filter(|frame| !is_control(frame)).count() as u64 + 1
}

fn payloads(said: &[Said]) -> impl Iterator<Item = &[u8]> {
    said.iter().filter_map(|said| match said {
        Said::Text(text) => Some(text.as_bytes()),
        Said::Binary(bytes) => Some(&bytes[..]),
        _ => None,
    })
}

fn messages(said: &[Said]) -> usize {
    payloads(said).count()
}

fn length_of(said: &Said) -> u64 {
    payloads(core::slice::from_ref(said)).map(<[u8]>::len).sum::<usize>() as u64
}
