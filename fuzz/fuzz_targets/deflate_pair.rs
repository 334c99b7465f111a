//! See `deflate_pair` in the library.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| framewire_fuzz::deflate_pair::deflate_pair(bytes));
