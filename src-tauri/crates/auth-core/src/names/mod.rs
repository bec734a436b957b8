//! Types that carry a rule: parsed once at the door, right ever after.

mod code;
mod email;
mod server_id;
mod server_url;

pub use code::{VerificationCode, VerificationCodeError};
pub use email::{Email, EmailError};
pub use server_id::{ServerId, ServerIdError};
pub use server_url::{ServerUrl, ServerUrlError};
