//! How tungstenite is known to differ. What the table says is shown in `shown.rs`, byte by byte.

use framewire::protocol::{CloseCode, Limits, Opcode};

use super::comparison::{Case, Difference, Peer, Relation, compare};
use super::frame::Whole;
use super::outcome::{Cause, Outcome, Said, Verdict};
use super::{ours, snapview};

pub(crate) const TUNGSTENITE: Peer = Peer {
    name: "theirs",
    read: snapview::read,
    differences: &[
        AFTER_CLOSE,
        LENGTH_OVER_63_BITS,
        SIZE_FIRST,
        CLOSE_CODE,
        CLOSE_CODE_1014,
        CLOSE_CODE_OF_ANSWER,
        REASON_FIRST,
        FRAGMENT_OVERHEAD,
        LENGTH_NOT_MINIMAL,
        LATE,
    ],
};

/// What they answer to a Close whose code they refuse.
pub(crate) const VIOLATION: (u16, &str) = (1002, "Protocol violation");

const AFTER_CLOSE: Difference = Difference {
    name: "after Close",
    rule: "§1.4: what comes after the peer's Close is discarded, as we do; a client of theirs \
           fails at it, although it has answered the Close already",
    holds: |case| {
        let Case { ours, theirs, .. } = case;
        (ours.verdict, theirs.verdict) == (Verdict::Closed, Verdict::FaultAfterClose)
            && (&ours.said, &ours.wrote) == (&theirs.said, &theirs.wrote)
    },
};

const LENGTH_OVER_63_BITS: Difference = Difference {
    name: "length over 63 bits",
    rule: "§5.2: the most significant bit of a 64-bit length must be 0; that is a broken rule, \
           1002, and not a message that is too big, 1009",
    holds: |case| {
        case.ours.verdict == Verdict::Fault(Cause::LengthOver63Bits)
            && is_frame_too_big(case)
            && case.ours.said == case.theirs.said
    },
};

const SIZE_FIRST: Difference = Difference {
    name: "size first",
    rule: "§7.1.7 and §10.4 do not say which of two faults in one header counts: they look at the \
           frame's length before all but the opcode, we at last",
    holds: |case| {
        let other = matches!(
            case.ours.verdict,
            Verdict::Fault(
                Cause::Masking
                    | Cause::ReservedBits
                    | Cause::FragmentedControl
                    | Cause::LongControl
            )
        );
        other && is_frame_too_big(case) && case.ours.said == case.theirs.said
    },
};

const CLOSE_CODE: Difference = Difference {
    name: "close code",
    rule: "§7.4.1 and §7.4.2: a code that must not stand in a Close is a broken rule; both answer \
           1002, but they hand it to their caller as if the peer had said 1002",
    holds: |case| {
        !case.setup.closes
            && case.ours.verdict == Verdict::Fault(Cause::CloseCode)
            && is_closed(&case.theirs)
            && says_violation(&case.theirs, &case.ours.said, &case.ours.wrote)
    },
};

const CLOSE_CODE_1014: Difference = Difference {
    name: "close code 1014",
    rule: "§7.4.2 and §11.7: 1014 was registered after the RFC, so it may stand in a Close; they \
           do not know it",
    holds: |case| {
        let Case { setup, ours, theirs, .. } = case;
        let Some((Said::Close(Some((1014, _))), said)) = ours.said.split_last() else {
            return false;
        };
        let Some((_, wrote)) = ours.wrote.split_last() else { return false };
        !setup.closes && is_closed(theirs) && says_violation(theirs, said, wrote)
    },
};

const CLOSE_CODE_OF_ANSWER: Difference = Difference {
    name: "close code of the answer",
    rule: "§7.4.1 and §7.4.2 hold for the Close that answers ours too; they take any code there",
    holds: |case| {
        let Case { setup, ours, theirs, .. } = case;
        let Some((Said::Close(Some((code, _))), said)) = theirs.said.split_last() else {
            return false;
        };
        setup.closes
            && ours.verdict == Verdict::Fault(Cause::CloseCode)
            && CloseCode::new(*code).is_none()
            && is_closed(theirs)
            && (said, &theirs.wrote) == (&ours.said[..], &ours.wrote)
    },
};

const REASON_FIRST: Difference = Difference {
    name: "reason first",
    rule: "§7.1.7 does not say which of two faults in one Close counts: they look at the reason \
           first (1007), we at the code (1002)",
    holds: |case| {
        let verdicts = (case.ours.verdict, case.theirs.verdict);
        verdicts == (Verdict::Fault(Cause::CloseCode), Verdict::Fault(Cause::NotUtf8))
            && case.ours.said == case.theirs.said
    },
};

const FRAGMENT_OVERHEAD: Difference = Difference {
    name: "fragment overhead",
    rule: "§10.4 leaves limits to the implementation: we charge 16 bytes for each fragment beside \
           its payload, so that a message of very many empty ones ends too",
    holds: |case| {
        let Verdict::Fault(Cause::TooBig { length }) = case.ours.verdict else { return false };
        let (_, frames) = ours::read(case.setup, &[case.stream.to_vec()]);
        let overhead = Limits::FRAGMENT_OVERHEAD * (fragments(&frames) + 1);
        let roomy = case.setup.without_message_limit();
        case.is_our_fault_first()
            && length.saturating_sub(overhead) <= case.setup.limits.max_message_size
            && compare(case.peer, &roomy, case.stream, &[case.stream.to_vec()]).relation()
                != Relation::Unknown
    },
};

const LENGTH_NOT_MINIMAL: Difference = Difference {
    name: "length not minimal",
    rule: "§5.2: the minimal number of bytes must be used for a length; they take any form",
    holds: |case| {
        let verdict = case.ours.verdict;
        let minimal = case.parts().minimal;
        // In a control frame a longer form alone says that there are more than 125 bytes.
        matches!(verdict, Verdict::Fault(Cause::LengthNotMinimal | Cause::LongControl))
            && minimal != case.stream
            && case.is_our_fault_first()
            && case.agrees_with(
                &minimal,
                ours::read(case.setup, std::slice::from_ref(&minimal)).0,
                case.theirs.clone(),
            )
    },
};

const LATE: Difference = Difference {
    name: "late",
    rule: "§7.1.7 does not say when a fault has to be found: we find it with its first byte, they \
           once the frame is whole. Completed, the stream has the same verdict",
    holds: |case| {
        let missing = case.parts().missing;
        let completed = [case.stream, &vec![0; missing]].concat();
        missing > 0
            && case.is_our_fault_first()
            && case.theirs.verdict == Verdict::Waits
            && compare(case.peer, case.setup, &completed, std::slice::from_ref(&completed))
                .relation()
                != Relation::Unknown
    },
};

fn is_closed(outcome: &Outcome) -> bool {
    matches!(outcome.verdict, Verdict::Closed | Verdict::FaultAfterClose)
}

fn is_frame_too_big(case: &Case<'_>) -> bool {
    let limit = case.setup.limits.max_frame_size;
    matches!(case.theirs.verdict, Verdict::Fault(Cause::TooBig { length }) if length > limit)
}

/// Whether they handed out and wrote this and then their own Close.
fn says_violation(theirs: &Outcome, said: &[Said], wrote: &[Whole]) -> bool {
    let (code, reason) = VIOLATION;
    let payload = [&code.to_be_bytes(), reason.as_bytes()].concat();
    let close = Said::Close(Some((code, reason.to_owned())));
    let last =
        theirs.wrote.last().is_some_and(|last| last.first == 0x88 && last.payload == payload);
    last && theirs.said == [said, &[close]].concat()
        && theirs.wrote.split_last().is_some_and(|(_, before)| before == wrote)
}

/// How many frames of the message under way have come.
fn fragments(frames: &[Whole]) -> u64 {
    frames.iter().fold(0, |count, frame| match Opcode::from_bits(frame.first & 0x0F) {
        Some(opcode) if opcode.is_control() => count,
        _ if frame.first & 0x80 != 0 => 0,
        _ => count + 1,
    })
}
