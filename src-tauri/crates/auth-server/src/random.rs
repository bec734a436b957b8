use auth_core::Secret;
use auth_core::models::Timestamp;
use uuid::Builder;

/// Bytes that nobody can guess.
pub trait Randomness: std::fmt::Debug + Send + Sync {
    /// Fills the bytes.
    ///
    /// # Errors
    /// [`RandomError`] where the source is broken.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError>;
}

/// There is no randomness, so nothing can be made that must not be guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system's source of randomness failed; restart the server, and look at the machine if it stays so")]
pub struct RandomError;

/// The system's source.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandomness;

impl Randomness for SystemRandomness {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        aws_lc_rs::rand::fill(bytes).map_err(|_| RandomError)
    }
}

/// A new unique id; ids made later sort later.
pub(crate) fn new_id(random: &dyn Randomness, now: Timestamp) -> Result<String, RandomError> {
    let mut bytes = [0; 10];
    random.fill(&mut bytes)?;
    Ok(Builder::from_unix_timestamp_millis(now.as_millis(), &bytes)
        .into_uuid()
        .to_string())
}

/// Six digits, each code as likely as any other.
pub(crate) fn new_code(random: &dyn Randomness) -> Result<Secret, RandomError> {
    const CODES: u32 = 1_000_000;
    // The last, incomplete million of the range would make small codes likelier.
    const FAIR: u32 = u32::MAX - u32::MAX % CODES;
    loop {
        let mut bytes = [0; 4];
        random.fill(&mut bytes)?;
        let number = u32::from_be_bytes(bytes);
        if number < FAIR {
            return Ok(Secret::new(format!("{:06}", number % CODES)));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[derive(Debug)]
    struct Scripted(Mutex<Vec<u32>>);

    impl Randomness for Scripted {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
            let next = self.0.lock().unwrap().pop().ok_or(RandomError)?;
            bytes.copy_from_slice(&next.to_be_bytes());
            Ok(())
        }
    }

    #[test]
    fn codes_have_six_digits_and_the_unfair_rest_is_drawn_again() {
        let random = Scripted(Mutex::new(vec![3_000_007, u32::MAX, 4_293_999_999, 42]));
        let codes: Vec<String> = (0..3).map(|_| new_code(&random).unwrap().expose().to_owned()).collect();
        assert_eq!(codes, ["000042", "999999", "000007"].map(str::to_owned));
    }

    #[test]
    fn a_broken_source_makes_no_code() {
        assert_eq!(new_code(&Scripted(Mutex::new(vec![]))).unwrap_err(), RandomError);
    }

    #[test]
    fn ids_sort_by_time() {
        let id = |millis| new_id(&SystemRandomness, Timestamp::from_millis(millis)).unwrap();
        assert!(id(1_790_000_000_000) < id(1_790_000_000_001));
        assert_ne!(id(5), id(5));
    }
}
