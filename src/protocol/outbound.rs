//! The order of the frames that go out (RFC 6455 §5.4).

use super::config::Config;
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
    /// What comes of the next frame, if it may stand here.
    ///
    /// # Errors
    /// A continuation of nothing, a message within another, a fragmented control frame, a close, a
    /// bit or an opcode that no extension owns.
    #[inline]
    pub const fn next(
        self,
        opcode: Opcode,
        fin: bool,
        rsv: Rsv,
        config: &Config,
    ) -> Result<Self, UsageError> {
        let allowed = if opcode.may_have_rsv() { config.owned_rsv } else { Rsv::NONE };
        if !rsv.is_within(allowed) {
            return Err(UsageError::ReservedBits(rsv));
        }
        if let Opcode::Extension(reserved) = opcode
            && !config.owned_opcodes.contains(reserved)
        {
            return Err(UsageError::ReservedOpcode(reserved));
        }
        match (opcode, self) {
            (Opcode::Close, _) => Err(UsageError::CloseAsFrame),
            (opcode, _) if opcode.is_control() => {
                if fin {
                    Ok(self)
                } else {
                    Err(UsageError::FragmentedControl(opcode))
                }
            }
            (Opcode::Continuation, Self::Idle) => Err(UsageError::NothingToContinue),
            (opcode, Self::Fragmented) if opcode.starts_message() => {
                Err(UsageError::MessageInterrupted(opcode))
            }
            _ => Ok(if fin { Self::Idle } else { Self::Fragmented }),
        }
    }
}
