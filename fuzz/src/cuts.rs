//! Where a stream is cut into chunks.

/// How many bytes of a target's input say where the rest is cut.
pub const LENGTH: usize = 4;

/// Offsets in a stream of `length` bytes, ascending: the sizes of the chunks are those of `plan`,
/// each plus one, over and over.
pub fn cuts(plan: [u8; LENGTH], length: usize) -> Vec<usize> {
    let mut offsets = Vec::new();
    let mut offset = 0;
    for size in plan.iter().cycle() {
        offset += usize::from(*size) + 1;
        if offset >= length {
            return offsets;
        }
        offsets.push(offset);
    }
    offsets
}

/// The chunks of `bytes` that is cut so.
pub fn chunks(plan: [u8; LENGTH], bytes: &[u8]) -> Vec<&[u8]> {
    let mut from = 0;
    let mut chunks = Vec::new();
    for to in cuts(plan, bytes.len()) {
        chunks.push(&bytes[from..to]);
        from = to;
    }
    chunks.push(&bytes[from..]);
    chunks
}
