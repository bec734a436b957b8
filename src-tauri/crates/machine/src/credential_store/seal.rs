//! The sealed text: one line of JSON that says how the key is made of the passphrase, one line of what the key opens.
//!
//! The first line is authenticated with the second, byte for byte.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use auth_core::Secret;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, Generate, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

const FORMAT: &str = "flowstate-credentials-encrypted";
const VERSION: u32 = 1;
const KDF: &str = "argon2id";
const CIPHER: &str = "xchacha20-poly1305";

/// The second choice of RFC 9106 in one lane: 0.13 to 0.17 s and 64 MiB for each try, on the machine this was measured on.
const COST: Cost = Cost {
    memory_kib: 64 * 1024,
    passes: 3,
    lanes: 1,
};

/// How dear each guess of the passphrase is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl Cost {
    /// A file that was tampered with must not take the machine's memory, nor its time.
    fn is_sane(self) -> bool {
        let work = u64::from(self.memory_kib) * u64::from(self.passes);
        (19 * 1024..=256 * 1024).contains(&self.memory_kib)
            && (1..=16).contains(&self.passes)
            && (1..=4).contains(&self.lanes)
            && work <= 1024 * 1024
    }
}

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Header {
    format: String,
    version: u32,
    kdf: String,
    cost: Cost,
    salt: String,
    /// Tells a wrong passphrase from a damaged file. It is made beside the key and says nothing of it.
    check: String,
    cipher: String,
    nonce: String,
}

/// What every version of this file begins with.
#[derive(Deserialize)]
struct AnyVersion {
    format: String,
    version: u64,
}

/// Why a text is not opened. None of them carries anything of its content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum SealError {
    #[error("was not written by this program, so it is left as it is; move it away and try again")]
    Foreign,
    #[error("was written by a newer version of this program; update this one")]
    Newer,
    #[error("is damaged ({what}), so it is left as it is; put back a copy of it, or delete it and sign in again")]
    Damaged { what: &'static str },
    #[error(
        "asks for more memory or work than this program ever does, so it is not opened; put back a copy of it, or delete it and sign in again"
    )]
    Absurd,
    #[error(
        "needs {mib} MiB of memory to be opened, which this machine does not have free; end something else and try again"
    )]
    NoMemory { mib: u32 },
    #[error("could not be sealed: the system gives no random numbers ({what}); try again later")]
    NoRandom { what: String },
}

/// A key that was made of a passphrase, and how.
pub(super) struct Derived {
    cost: Cost,
    salt: String,
    check: String,
    key: Zeroizing<[u8; 32]>,
}

impl Derived {
    /// Of a passphrase, for a new file.
    pub fn anew(passphrase: &Secret) -> Result<Self, SealError> {
        let salt: [u8; 16] = random()?;
        derive(passphrase, STANDARD.encode(salt), &salt, COST)
    }

    /// Of a passphrase, for the file with that header. Whether it is the right one [`Derived::opens`] says.
    pub fn of(passphrase: &Secret, header: &Header) -> Result<Self, SealError> {
        let what = "its salt";
        let salt: [u8; 16] = decoded(&header.salt, what)?;
        derive(passphrase, header.salt.clone(), &salt, header.cost)
    }

    /// Whether this is the key of the file with that header.
    pub fn opens(&self, header: &Header) -> bool {
        (self.cost, &self.salt, &self.check) == (header.cost, &header.salt, &header.check)
    }
}

fn derive(passphrase: &Secret, salt: String, salt_bytes: &[u8], cost: Cost) -> Result<Derived, SealError> {
    let mib = cost.memory_kib / 1024;
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(48)).map_err(|_| SealError::Absurd)?;
    let mut memory: Vec<Block> = Vec::new();
    memory
        .try_reserve_exact(params.block_count())
        .map_err(|_| SealError::NoMemory { mib })?;
    memory.resize(params.block_count(), Block::new());
    let mut out = Zeroizing::new([0; 48]);
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let done =
        argon2.hash_password_into_with_memory(passphrase.expose().as_bytes(), salt_bytes, &mut *out, &mut memory);
    memory.zeroize();
    done.map_err(|_| SealError::Absurd)?;
    let mut key = Zeroizing::new([0; 32]);
    key.copy_from_slice(&out[..32]);
    Ok(Derived {
        cost,
        salt,
        check: STANDARD.encode(&out[32..]),
        key,
    })
}

/// A sealed text, taken apart.
#[derive(Debug)]
pub(super) struct Sealed<'a> {
    pub header: Header,
    header_line: &'a [u8],
    nonce: XNonce,
    body: Vec<u8>,
}

impl<'a> Sealed<'a> {
    pub fn parse(bytes: &'a [u8]) -> Result<Self, SealError> {
        let damaged = |what| SealError::Damaged { what };
        let cut = "it ends too early";
        let Some((header_line, rest)) = split_line(bytes) else {
            // Cut off within its first line, or something else altogether.
            let ours = bytes.is_empty() || bytes.starts_with(&header_start());
            return Err(if ours { damaged(cut) } else { SealError::Foreign });
        };
        let any: AnyVersion = serde_json::from_slice(header_line).map_err(|_| SealError::Foreign)?;
        if any.format != FORMAT {
            return Err(SealError::Foreign);
        }
        if any.version > u64::from(VERSION) {
            return Err(SealError::Newer);
        }
        let header: Header = serde_json::from_slice(header_line).map_err(|_| damaged("its first line"))?;
        if (header.version, header.kdf.as_str(), header.cipher.as_str()) != (VERSION, KDF, CIPHER) {
            return Err(damaged("its first line"));
        }
        if !header.cost.is_sane() {
            return Err(SealError::Absurd);
        }
        let nonce: [u8; 24] = decoded(&header.nonce, "its nonce")?;
        let Some((body, b"")) = split_line(rest) else {
            return Err(damaged(cut));
        };
        let body = STANDARD.decode(body).map_err(|_| damaged("its second line"))?;
        Ok(Self {
            header,
            header_line,
            nonce: nonce.into(),
            body,
        })
    }

    /// What was sealed. The key is that of the header.
    pub fn open(&self, derived: &Derived) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let payload = Payload {
            msg: &self.body,
            aad: self.header_line,
        };
        let opened = cipher(derived).decrypt(&self.nonce, payload);
        let what = "its seal is broken";
        opened.map(Zeroizing::new).map_err(|_| SealError::Damaged { what })
    }
}

/// Seals `content`, with a nonce that was never used before.
pub(super) fn seal(derived: &Derived, content: &[u8]) -> Result<Vec<u8>, SealError> {
    let nonce: [u8; 24] = random()?;
    let header = Header {
        format: FORMAT.to_owned(),
        version: VERSION,
        kdf: KDF.to_owned(),
        cost: derived.cost,
        salt: derived.salt.clone(),
        check: derived.check.clone(),
        cipher: CIPHER.to_owned(),
        nonce: STANDARD.encode(nonce),
    };
    let what = "it could not be made";
    let damaged = |_| SealError::Damaged { what };
    let mut text = serde_json::to_vec(&header).map_err(|_| SealError::Damaged { what })?;
    let payload = Payload {
        msg: content,
        aad: &text,
    };
    let body = cipher(derived)
        .encrypt(&XNonce::from(nonce), payload)
        .map_err(damaged)?;
    text.push(b'\n');
    text.extend_from_slice(STANDARD.encode(body).as_bytes());
    text.push(b'\n');
    Ok(text)
}

fn cipher(derived: &Derived) -> XChaCha20Poly1305 {
    let mut key = Key::from(*derived.key);
    let cipher = XChaCha20Poly1305::new(&key);
    key.as_mut_slice().zeroize();
    cipher
}

fn random<const N: usize>() -> Result<[u8; N], SealError> {
    <[u8; N]>::try_generate().map_err(|error| SealError::NoRandom {
        what: error.to_string(),
    })
}

fn decoded<const N: usize>(text: &str, what: &'static str) -> Result<[u8; N], SealError> {
    let bytes = STANDARD.decode(text).ok();
    let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or(SealError::Damaged { what })
}

fn split_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    Some((&bytes[..end], &bytes[end + 1..]))
}

fn header_start() -> Vec<u8> {
    format!("{{\"format\":\"{FORMAT}\"").into_bytes()
}

impl std::fmt::Debug for Derived {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Derived(…)")
    }
}

#[cfg(test)]
mod tests;
