//! What permessage-deflate costs a session, as a Markdown table:
//! `cargo run --release --features deflate --example deflate_memory`.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use framewire::protocol::MessageKind;
use framewire::protocol::deflate::{Deflater, Direction, Effort, Inflater, Spare, WindowBits};

/// Counts what is allocated.
struct Counting;

static ALLOCATED: AtomicUsize = AtomicUsize::new(0);

// SAFETY: the system's allocator does the work.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATED.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        ALLOCATED.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What is still allocated of what `make` gives, in KiB.
fn cost<T>(make: impl FnOnce() -> T) -> usize {
    let before = ALLOCATED.load(Ordering::Relaxed);
    let made = make();
    let after = ALLOCATED.load(Ordering::Relaxed);
    drop(made);
    (after - before).div_ceil(1024)
}

fn main() {
    let message: Vec<u8> =
        (0..200_000_u32).map(|i| i.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
    let mut payload = Vec::with_capacity(300_000);
    let mut out = Vec::with_capacity(300_000);
    let direction = |bits, context_takeover| Direction {
        window_bits: WindowBits::new(bits).expect("9 to 15"),
        context_takeover,
    };
    let mut deflater = |bits, takeover, mem_level, spare: &Spare| {
        let effort = Effort::new(6, mem_level).expect("in range");
        let mut deflater = Deflater::new(direction(bits, takeover), effort, spare);
        payload.clear();
        deflater.deflate(&message, &mut payload);
        deflater
    };

    println!("Outward, KiB a session, at any level:\n");
    println!("| window bits | memLevel 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 |");
    println!("|---|---|---|---|---|---|---|---|---|---|");
    let spare = Spare::new();
    for bits in 9..=15 {
        print!("| {bits} |");
        for mem_level in 1..=9 {
            print!(" {} |", cost(|| deflater(bits, true, mem_level, &spare)));
        }
        println!();
    }
    let lent = cost(|| deflater(15, false, 8, &Spare::new()));
    println!(
        "\nWithout takeover none; one for all sessions, of {lent} KiB with 15 bits and memLevel 8.\n"
    );

    println!("Inward, KiB a session:\n");
    println!("| window bits | with takeover | without |");
    println!("|---|---|---|");
    deflater(15, true, 8, &spare);
    let mut inflater = |bits, takeover, spare: &Spare| {
        let mut inflater = Inflater::new(direction(bits, takeover), spare);
        out.clear();
        inflater.begin(MessageKind::Binary, u64::MAX);
        inflater.push(&payload, &mut out).expect("our own");
        inflater.finish().expect("our own");
        inflater
    };
    let shared = cost(|| inflater(15, false, &Spare::new()));
    inflater(15, true, &spare);
    for bits in 8..=15 {
        let with = cost(|| inflater(bits, true, &spare));
        let without = cost(|| inflater(bits, false, &spare));
        println!("| {bits} | {with} | {without} |");
    }
    println!("\nAnd one decompressor for all sessions, of {shared} KiB.");
}
