use serde::{Deserialize, Serialize};

/// The stable `code` of an error reply. What we do not know is [`ProblemCode::Unknown`], never an error of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    InvalidRequest,
    InvalidEmail,
    CodeInvalid,
    CodeExpired,
    CodeAttemptsExceeded,
    RateLimited,
    UnknownDomain,
    InvalidGrant,
    InvalidToken,
    Forbidden,
    NotFound,
    Conflict,
    StorageUnavailable,
    Internal,
    #[serde(other)]
    Unknown,
}

/// Why a session is over; beside `invalid_grant`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum GrantReason {
    /// The session reached its end.
    Expired,
    /// Somebody ended it.
    Revoked,
    /// An old refresh token came back: perhaps a thief's.
    Reused,
    /// No token of this server.
    #[serde(other)]
    Unknown,
}

/// An error reply, `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// The HTTP status, again.
    pub status: u16,
    /// The same words for each problem of this code.
    pub title: String,
    /// What happened this time and what to do.
    #[serde(default)]
    pub detail: String,
    pub code: ProblemCode,
    /// Beside `code_invalid`: how many tries are left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts_left: Option<u32>,
    /// Beside `invalid_grant`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<GrantReason>,
    /// OAuth's name of the error, where a client of that kind may be listening.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_snake_case_and_new_ones_do_not_break_a_client() {
        assert_eq!(
            serde_json::to_string(&ProblemCode::CodeAttemptsExceeded).unwrap(),
            "\"code_attempts_exceeded\""
        );
        let problem: Problem =
            serde_json::from_str(r#"{"status":401,"title":"x","code":"brand_new","reason":"odd"}"#).unwrap();
        assert_eq!(
            (problem.code, problem.reason),
            (ProblemCode::Unknown, Some(GrantReason::Unknown))
        );
    }
}
