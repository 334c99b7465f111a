//! The codes with which the bridge resets streams.

use wtransport::VarInt;

/// Why the bridge reset a stream.
///
/// The code is a WebTransport application error code: a page reads it as `WebTransportError.streamErrorCode`. The bridge
/// sends it both ways, so that reads and writes of the stream fail with the same code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ResetCode {
    /// The target refused the TCP connection: nothing listens on that port.
    TargetRefused = 0x01,
    /// The target did not answer within the connect timeout. The TLS handshake counts.
    TargetTimeout = 0x02,
    /// The target's name could not be resolved to an address.
    TargetUnresolved = 0x03,
    /// The TLS handshake with the target failed, for example because its certificate is not trusted.
    TargetTls = 0x04,
    /// The connection to the target broke after it had been made.
    TargetReset = 0x05,
    /// The bridge is shutting down and takes no new streams.
    ShuttingDown = 0x06,
    /// The session has as many open streams as the bridge allows.
    Limit = 0x07,
    /// There is no way to the target's address, or the system could not make the connection.
    TargetUnreachable = 0x08,
    /// The peer itself aborted the other direction of this stream, and the connection to the target went with it.
    Aborted = 0x09,
}

impl ResetCode {
    /// Every code, in the order of their numbers.
    pub const ALL: [Self; 9] = [
        Self::TargetRefused,
        Self::TargetTimeout,
        Self::TargetUnresolved,
        Self::TargetTls,
        Self::TargetReset,
        Self::ShuttingDown,
        Self::Limit,
        Self::TargetUnreachable,
        Self::Aborted,
    ];

    /// The code whose HTTP/3 error code this is; `None` for any other number.
    pub fn from_http3(code: VarInt) -> Option<Self> {
        Self::ALL.into_iter().find(|reset| reset.to_http3() == code)
    }

    /// The number a page sees.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The HTTP/3 error code that stands for this WebTransport code in RESET_STREAM and STOP_SENDING frames.
    ///
    /// WebTransport over HTTP/3 maps application codes into a range of HTTP/3 codes that skips every code reserved for
    /// greasing, one in 0x1f.
    pub fn to_http3(self) -> VarInt {
        const FIRST: u64 = 0x52e4_a40f_a8db;
        let number = u64::from(self.number());
        VarInt::try_from_u64(FIRST + number + number / 0x1e).expect("the range lies below 2^62")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_unique_and_map_back() {
        for (index, code) in ResetCode::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(code.number()), index + 1);
            assert_eq!(ResetCode::from_http3(code.to_http3()), Some(code));
        }
        assert_eq!(ResetCode::from_http3(VarInt::from_u32(1)), None);
    }

    #[test]
    fn mapping_follows_the_drafts_formula() {
        assert_eq!(ResetCode::TargetRefused.to_http3().into_inner(), 0x52e4_a40f_a8dc);
    }
}
