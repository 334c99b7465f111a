//! Promises of what a session's waiters wait for.
//!
//! A waiter is settled from within a call into the session, and its promise right there: what hangs
//! on a promise runs when the call is over, so nothing is called that could call back.

use alloc::sync::Arc;
use alloc::task::Wake;
use core::cell::RefCell;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use futures_channel::oneshot::Receiver;
use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;

/// A promise of what `waiter` waits for. It is rejected if the session ends before.
#[inline(never)]
pub(super) fn promise<T: Outcome + 'static>(waiter: Receiver<T>) -> Promise {
    let waiter = RefCell::new(Some(waiter));
    Promise::new(&mut |resolve, reject| {
        let settled = Arc::new(Settled { waiter: RefCell::new(waiter.take()), resolve, reject });
        settled.wake();
    })
}

/// What a promise is settled with.
pub(super) trait Outcome {
    /// As JavaScript has it.
    fn into_value(self) -> JsValue;
}

impl Outcome for () {
    fn into_value(self) -> JsValue {
        JsValue::UNDEFINED
    }
}

impl Outcome for f64 {
    fn into_value(self) -> JsValue {
        JsValue::from_f64(self)
    }
}

/// What settles a promise. Its waiter holds it until then.
struct Settled<T> {
    waiter: RefCell<Option<Receiver<T>>>,
    resolve: Function,
    reject: Function,
}

// SAFETY: an instance has one thread, for which its references to JavaScript are.
unsafe impl<T> Send for Settled<T> {}
// SAFETY: as above.
unsafe impl<T> Sync for Settled<T> {}

impl<T: Outcome + 'static> Wake for Settled<T> {
    #[inline(never)]
    fn wake(self: Arc<Self>) {
        let Some(mut waiter) = self.waiter.take() else { return };
        let waker = Waker::from(Arc::clone(&self));
        let (settle, value) = match Pin::new(&mut waiter).poll(&mut Context::from_waker(&waker)) {
            Poll::Pending => {
                self.waiter.replace(Some(waiter));
                return;
            }
            Poll::Ready(Ok(value)) => (&self.resolve, value.into_value()),
            Poll::Ready(Err(_)) => (&self.reject, JsValue::UNDEFINED),
        };
        // Neither function of a promise throws.
        let _ = settle.call1(&JsValue::UNDEFINED, &value);
    }
}
