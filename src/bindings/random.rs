//! Masking keys from the host's source of strong randomness.

use wasm_bindgen::prelude::wasm_bindgen;

use super::instance::PerInstance;
use crate::protocol::MaskingKey;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn get_random_values(bytes: &mut [u8]);
}

/// How many bytes are drawn at a time. One draw costs as much as hundreds of keys from the pool.
const POOL_SIZE: usize = 4096;

/// Random bytes, each of which is used once.
struct Pool {
    bytes: [u8; POOL_SIZE],
    used: usize,
}

static POOL: PerInstance<Pool> = PerInstance::new(Pool { bytes: [0; POOL_SIZE], used: POOL_SIZE });

/// A key that was never used before.
pub(super) fn masking_key() -> MaskingKey {
    if let Some(key) = POOL.borrow_mut().take() {
        return key;
    }
    // The pool is not borrowed while JavaScript runs.
    let mut bytes = [0; POOL_SIZE];
    get_random_values(&mut bytes);
    let mut pool = Pool { bytes, used: 0 };
    let key = [pool.bytes[0], pool.bytes[1], pool.bytes[2], pool.bytes[3]];
    pool.used = key.len();
    POOL.replace(pool);
    key
}

impl Pool {
    fn take(&mut self) -> Option<MaskingKey> {
        let key = *self.bytes[self.used..].first_chunk()?;
        self.used += key.len();
        Some(key)
    }
}
