//! State that is of use only while a message is worked on.

use alloc::rc::Rc;
use core::cell::Cell;

use zlib_rs::{Deflate, Inflate};

use super::options::Effort;
use super::window::WindowBits;

/// The state of one compressor and one decompressor, lent to the codecs of many sessions in turn.
///
/// So an idle session has no such state of its own, but for what its agreement has it keep, and a
/// message need not wait for some to be allocated and cleared. Clones are the same spare.
#[derive(Clone, Default)]
pub struct Spare(Rc<Slots>);

#[derive(Default)]
struct Slots {
    inflate: Cell<Option<(Inflate, Owner)>>,
    deflate: Cell<Option<(Deflate, WindowBits, Effort)>>,
    owners: Cell<u64>,
}

/// Who used a decompressor last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Owner(u64);

impl Spare {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// An owner like no other.
    pub(super) fn owner(&self) -> Owner {
        let next = self.0.owners.get();
        self.0.owners.set(next + 1);
        Owner(next)
    }

    /// A decompressor, and whether it is as this owner left it; at the start of a stream if not.
    pub(super) fn take_inflate(&self, owner: Owner) -> (Inflate, bool) {
        match self.0.inflate.take() {
            Some((engine, last)) if last == owner => (engine, true),
            Some((mut engine, _)) => {
                engine.reset(false);
                (engine, false)
            }
            None => (Inflate::new(false, WindowBits::MAX.get()), false),
        }
    }

    pub(super) fn put_inflate(&self, engine: Inflate, owner: Owner) {
        self.0.inflate.set(Some((engine, owner)));
    }

    /// A compressor at the start of a stream, if there is one like that.
    pub(super) fn take_deflate(&self, bits: WindowBits, effort: Effort) -> Option<Deflate> {
        let (mut engine, ..) =
            self.0.deflate.take().filter(|&(_, of, by)| (of, by) == (bits, effort))?;
        engine.reset();
        Some(engine)
    }

    pub(super) fn put_deflate(&self, engine: Deflate, bits: WindowBits, effort: Effort) {
        self.0.deflate.set(Some((engine, bits, effort)));
    }
}

impl core::fmt::Debug for Spare {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Spare").finish_non_exhaustive()
    }
}
