//! Host and author against each other in one process: everything but the system's loader.

mod contracts;
mod encoders;
mod faults;
mod files;
mod named;
mod older;
mod pictures;
mod trained;

use std::path::Path;
use std::sync::OnceLock;

use super::abi::{ABI_MAJOR, ABI_MINOR, Manifest};
use super::{Library, library, manifest};
use lab_core::config::Capable;
use lab_core::config::PluginRef;
use lab_core::context::Context;

#[path = "../../../../tests/library/src/lib.rs"]
#[expect(unreachable_pub, reason = "the file is a crate of its own elsewhere")]
pub(crate) mod toys;

crate::export_plugin! {
    generator "waves" => toys::Waves, toys::WavesParams;
    feature_net "sums" => toys::Sums, toys::SumsParams;
    loss "apart" => toys::Apart, toys::ApartParams;
    loss "severed" => toys::Severed, lab_core::config::NoParams;
    decoder "lines" => toys::Lines, lab_core::config::NoParams;
    aligner "centred" => toys::Centred, lab_core::config::NoParams;
    dataset "dots" => toys::Dots, toys::DotsParams;
}

unsafe extern "C" {
    safe fn lab_plugin_entry(host_abi: u32) -> *const Manifest;
}

/// The toys, registered as if they had been loaded.
fn library() -> &'static Library {
    static LOADED: OnceLock<&'static Library> = OnceLock::new();
    LOADED.get_or_init(|| {
        let manifest = lab_plugin_entry(ABI_MAJOR << 16 | ABI_MINOR);
        let path = Path::new("libtoys.so");
        let (built_by, entries) = manifest::read(path, manifest).unwrap();
        library::register(path, "0".repeat(64), built_by, entries).unwrap()
    })
}

/// A plugin of the library, written as in an experiment.
fn build<T: ?Sized + Capable>(text: &str) -> Box<T> {
    library();
    PluginRef::<T>::of(text).build(&Context::new(1)).unwrap()
}

/// All numbers of a tensor, bit by bit.
fn bits(tensor: &candle_core::Tensor) -> Vec<u32> {
    let values: Vec<f32> = tensor.flatten_all().unwrap().to_vec1().unwrap();
    values.into_iter().map(f32::to_bits).collect()
}
