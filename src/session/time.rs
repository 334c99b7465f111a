//! Time as an input.

use core::ops::{Add, Sub};

/// A moment, in milliseconds since some moment that the driver chose and keeps. It must never go
/// back.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Time(f64);

impl Time {
    /// A moment that never comes.
    pub(super) const NEVER: Self = Self(f64::INFINITY);

    /// The moment `milliseconds` after the driver's origin.
    #[inline]
    pub const fn from_millis(milliseconds: f64) -> Self {
        Self(milliseconds)
    }

    /// Milliseconds since the driver's origin.
    #[inline]
    pub const fn as_millis(self) -> f64 {
        self.0
    }

    /// This moment, if it comes.
    #[inline]
    pub(super) fn comes(self) -> Option<Self> {
        (self.0 < f64::INFINITY).then_some(self)
    }

    /// The earlier of two moments, either of which may be missing.
    #[inline]
    pub fn earliest(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        match (one, other) {
            (Some(one), Some(other)) => Some(if other < one { other } else { one }),
            (one, other) => one.or(other),
        }
    }
}

impl Add<f64> for Time {
    type Output = Self;

    /// The moment this many milliseconds later.
    #[inline]
    fn add(self, milliseconds: f64) -> Self {
        Self(self.0 + milliseconds)
    }
}

impl Sub for Time {
    type Output = f64;

    /// Milliseconds from the other moment to this one.
    #[inline]
    fn sub(self, other: Self) -> f64 {
        self.0 - other.0
    }
}
