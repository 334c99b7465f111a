//! The order of the frames that go out (RFC 6455 §5.4).

use super::error::UsageError;
use super::frame::Rsv;
use super::opcode::Opcode;

/// Whether a fragmented message of ours is under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Outbound {
    /// The last message is complete.
    #[default]
    Idle,
    /// The message's last frame had no FIN.
    Fragmented,
}

impl Outbound {
    /// Takes note of the next frame, or refuses it.
    ///
    /// # Errors
    /// A continuation of nothing, a message within another, a fragmented control frame, a close, a
    /// bit that no extension owns.
    pub const fn next(
        &mut self,
        opcode: Opcode,
        fin: bool,
        rsv: Rsv,
        owned_rsv: Rsv,
    ) -> Result<(), UsageError> {
        let starts_message = matches!(opcode, Opcode::Text | Opcode::Binary);
        let allowed = if starts_message { owned_rsv } else { Rsv::NONE };
        if !rsv.is_within(allowed) {
            return Err(UsageError::ReservedBits(rsv));
        }
        match (opcode, *self) {
            (Opcode::Close, _) => Err(UsageError::CloseAsFrame),
            (Opcode::Ping | Opcode::Pong, _) => {
                if fin {
                    Ok(())
                } else {
                    Err(UsageError::FragmentedControl(opcode))
                }
            }
            (Opcode::Continuation, Self::Idle) => Err(UsageError::NothingToContinue),
            (Opcode::Text | Opcode::Binary, Self::Fragmented) => {
                Err(UsageError::MessageInterrupted(opcode))
            }
            _ => {
                *self = if fin { Self::Idle } else { Self::Fragmented };
                Ok(())
            }
        }
    }
}
