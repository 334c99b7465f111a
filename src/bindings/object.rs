//! Objects that JavaScript holds.
//!
//! A class of wasm-bindgen's counts references and borrows, and each of its methods throws by itself
//! where that goes wrong: half the code of a short method. Here an object belongs to JavaScript alone,
//! and one function for all methods of a class sees whether it may be borrowed.

use core::cell::{Cell, UnsafeCell};
use core::ops::{Deref, DerefMut};

/// A value and whether a call is at it.
pub struct Held<T> {
    value: UnsafeCell<T>,
    lent: Cell<bool>,
}

impl<T> Held<T> {
    /// A value that no call is at.
    pub const fn new(value: T) -> Self {
        Self { value: UnsafeCell::new(value), lent: Cell::new(false) }
    }

    /// The value for the length of a call; `None` if another call is at it, from which this one comes.
    pub fn lend(&'static self) -> Option<Loan<T>> {
        if self.lent.replace(true) { None } else { Some(Loan(self)) }
    }
}

impl<T> Drop for Held<T> {
    fn drop(&mut self) {
        assert!(!self.lent.get(), "an object is freed within a call to it");
    }
}

/// The value for the length of a call.
pub struct Loan<T: 'static>(&'static Held<T>);

impl<T> Deref for Loan<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: `lent` is set as long as the loan lasts, so there is no other, and an object that is
        // freed meanwhile ends the instance.
        unsafe { &*self.0.value.get() }
    }
}

impl<T> DerefMut for Loan<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above.
        unsafe { &mut *self.0.value.get() }
    }
}

impl<T> Drop for Loan<T> {
    #[inline(always)]
    fn drop(&mut self) {
        self.0.lent.set(false);
    }
}

/// Makes a type a class in JavaScript. Its methods are in an `impl` as wasm-bindgen takes it.
#[macro_export]
macro_rules! object {
    ($class:ident, $held:ident) => {
        #[doc = concat!("A [`", stringify!($class), "`] that JavaScript holds.")]
        #[wasm_bindgen::prelude::wasm_bindgen(js_name = $class)]
        pub struct $held($crate::object::Held<$class>);

        const _: () = {
            use wasm_bindgen::convert::{
                IntoWasmAbi, OptionIntoWasmAbi, RefFromWasmAbi, RefMutFromWasmAbi,
            };
            use wasm_bindgen::describe::WasmDescribe;
            use $crate::object::{Held, Loan};

            type Abi = <$held as IntoWasmAbi>::Abi;

            impl wasm_bindgen::__rt::marker::SupportsConstructor for $class {}
            impl wasm_bindgen::__rt::marker::SupportsInstanceProperty for $class {}

            impl WasmDescribe for $class {
                fn describe() {
                    <$held>::describe();
                }
            }

            impl IntoWasmAbi for $class {
                type Abi = Abi;

                fn into_abi(self) -> Abi {
                    $held(Held::new(self)).into_abi()
                }
            }

            impl OptionIntoWasmAbi for $class {
                fn none() -> Abi {
                    <$held>::none()
                }
            }

            impl RefFromWasmAbi for $class {
                type Abi = Abi;
                type Anchor = Loan<$class>;

                #[inline(always)]
                unsafe fn ref_from_abi(object: Abi) -> Loan<$class> {
                    // SAFETY: as there.
                    unsafe { Self::ref_mut_from_abi(object) }
                }
            }

            impl RefMutFromWasmAbi for $class {
                type Abi = Abi;
                type Anchor = Loan<$class>;

                #[inline(never)]
                unsafe fn ref_mut_from_abi(object: Abi) -> Loan<$class> {
                    // SAFETY: JavaScript has the address from `into_abi`, or 0 once it freed the object.
                    let held = unsafe { object.into_ptr().as_ref() };
                    let held = held.map(|held| &raw const held.borrow().0);
                    // SAFETY: it is not freed while it is lent.
                    let loan = held.and_then(|held| unsafe { &*held }.lend());
                    loan.unwrap_or_else(|| wasm_bindgen::throw_str("the object cannot be used now"))
                }
            }
        };
    };
}
