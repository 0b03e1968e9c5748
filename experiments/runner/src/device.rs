//! Devices by name, for keys and manifests.

use candle_core::Device;
use lab_core::nn::precision;

/// What stands behind the name of a card whose products are rounded.
const REDUCED: &str = "+tf32";
/// How cards are called in keys, by whether their products are rounded.
const KEYS: [&str; 2] = ["cuda", "cuda+tf32"];

/// Its name in keys and manifests: results of different devices differ in the last digits.
pub(crate) fn name(device: &Device) -> &'static str {
    match device {
        Device::Cpu => "cpu",
        Device::Cuda(_) => KEYS[usize::from(precision::is_reduced())],
        Device::Metal(_) => "metal",
    }
}

/// An NVIDIA card by the name that a person gives it: `cuda`, `cuda:N`, `cuda+tf32`, `cuda:N+tf32`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Card<'a> {
    /// What stands behind `cuda:`, which need not be a number; "0" without.
    pub ordinal: &'a str,
    /// Whether factors of products are rounded to TensorFloat-32.
    pub reduced: bool,
}

impl<'a> Card<'a> {
    /// The card of this name; none if it names another device.
    pub fn named(name: &'a str) -> Option<Self> {
        let rounded = name.strip_suffix(REDUCED);
        let ordinal = match rounded.unwrap_or(name) {
            "cuda" => "0",
            card => card.strip_prefix("cuda:")?,
        };
        Some(Self {
            ordinal,
            reduced: rounded.is_some(),
        })
    }

    /// Its name in keys and manifests.
    pub fn key(self) -> &'static str {
        KEYS[usize::from(self.reduced)]
    }
}

#[cfg(test)]
mod tests {
    use super::Card;

    #[test]
    fn cards_of_another_precision_have_another_key() {
        for (name, ordinal, key) in [
            ("cuda", "0", "cuda"),
            ("cuda:3", "3", "cuda"),
            ("cuda+tf32", "0", "cuda+tf32"),
            ("cuda:1+tf32", "1", "cuda+tf32"),
        ] {
            let card = Card::named(name).unwrap();
            assert_eq!((card.ordinal, card.key()), (ordinal, key), "{name}");
        }
        for name in ["cpu", "auto", "cpu+tf32", "auto+tf32", "cudax", "tpu"] {
            assert_eq!(Card::named(name), None, "{name}");
        }
    }
}
