//! Latents of the public example `finalZ.mat`, which one copy holds as the raw bytes of numbers.

/// Numbers of a latent in the public files.
pub const N_LATENTS: usize = 50;

/// Little-endian 32-bit numbers from their bytes, each byte given as a number.
pub fn from_bytes(bytes: &[f32]) -> Vec<f32> {
    bytes
        .chunks_exact(4)
        .map(|word| {
            f32::from_le_bytes([word[0] as u8, word[1] as u8, word[2] as u8, word[3] as u8])
        })
        .collect()
}
