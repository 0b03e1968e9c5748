//! Devices by name, for keys and manifests.

use candle_core::Device;

/// Its name in keys and manifests: results of different devices differ in the last digits.
pub(crate) fn name(device: &Device) -> &'static str {
    match device {
        Device::Cpu => "cpu",
        Device::Cuda(_) => "cuda",
        Device::Metal(_) => "metal",
    }
}
