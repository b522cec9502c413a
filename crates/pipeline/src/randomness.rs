//! Randomness enters from the top, as time does: record ids and salts come from here, so that a test can hold them
//! still.

/// Where random bytes come from.
pub trait Randomness: Send + Sync {
    /// Sixteen fresh random bytes.
    fn bytes(&self) -> [u8; 16];
}

/// The operating system's generator.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemRandomness;

impl Randomness for SystemRandomness {
    fn bytes(&self) -> [u8; 16] {
        // Two UUIDs, because six bits of each are fixed; folded together every bit is random.
        let (a, b) = (uuid::Uuid::new_v4().into_bytes(), uuid::Uuid::new_v4().into_bytes());
        std::array::from_fn(|i| a.get(i).copied().unwrap_or(0) ^ b.get((i + 8) % 16).copied().unwrap_or(0))
    }
}

/// A fresh UUID (version 4).
pub(crate) fn uuid(randomness: &dyn Randomness) -> String {
    uuid::Builder::from_random_bytes(randomness.bytes()).into_uuid().to_string()
}
