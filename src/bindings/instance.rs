//! What an instance has once.

use core::cell::RefCell;
use core::ops::Deref;

/// State of the instance, for all its sessions.
pub(super) struct PerInstance<T>(RefCell<T>);

// SAFETY: an instance has one thread.
unsafe impl<T> Sync for PerInstance<T> {}

impl<T> PerInstance<T> {
    pub(super) const fn new(value: T) -> Self {
        Self(RefCell::new(value))
    }
}

impl<T> Deref for PerInstance<T> {
    type Target = RefCell<T>;

    fn deref(&self) -> &RefCell<T> {
        &self.0
    }
}
