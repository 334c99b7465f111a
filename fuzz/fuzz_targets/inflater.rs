//! See `inflater` in the library.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| framewire_fuzz::inflater::inflater(bytes));
