//! Devices by name, for keys and manifests.

use candle_core::Device;
use lab_core::nn::precision;

/// Its name in keys and manifests: results of different devices differ in the last digits.
pub(crate) fn name(device: &Device) -> &'static str {
    match device {
        Device::Cpu => "cpu",
        Device::Cuda(_) if precision::is_reduced() => "cuda+tf32",
        Device::Cuda(_) => "cuda",
        Device::Metal(_) => "metal",
    }
}
