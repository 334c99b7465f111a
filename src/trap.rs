//! What a panic does: it traps, and says nothing. Nobody would hear it, since an instance has no
//! standard error, and the texts, and what formats them, are a tenth of the module.

use core::arch::wasm32::unreachable;
use core::panic::PanicInfo;

#[panic_handler]
fn trap(_: &PanicInfo<'_>) -> ! {
    unreachable()
}
