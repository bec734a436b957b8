//! PKCS#8 keys as PEM text.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::KeyError;
use crate::Secret;

const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";

/// The bytes between the two lines.
pub fn decode(pem: &Secret) -> Result<Vec<u8>, KeyError> {
    let body = pem
        .expose()
        .split_once(BEGIN)
        .and_then(|(_, rest)| rest.split_once(END))
        .map(|(body, _)| body.split_whitespace().collect::<String>())
        .ok_or(KeyError::NotPkcs8Pem)?;
    STANDARD.decode(body).map_err(|_| KeyError::NotPkcs8Pem)
}

/// The two lines with the bytes between them, 64 characters a line.
pub fn encode(der: &[u8]) -> Secret {
    let base64 = STANDARD.encode(der);
    let mut pem = format!("{BEGIN}\n");
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        let (line, next) = rest.split_at(rest.len().min(64));
        pem.push_str(line);
        pem.push('\n');
        rest = next;
    }
    pem.push_str(END);
    pem.push('\n');
    Secret::new(pem)
}
