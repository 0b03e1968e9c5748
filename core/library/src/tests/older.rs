//! Plugins of this library as if it had been built for another minor version of the interface.

use std::path::Path;

use lab_core::registry::{Build, Origin};

use crate::abi::{ABI_MAJOR, ABI_MINOR, Manifest, PluginTable};
use crate::{adapters, manifest};

/// How the plugin of this name is built by a library of a minor version that has no such capabilities.
pub(super) fn plugin(name: &str, abi_minor: u32, without: u32) -> Build {
    let ours = super::lab_plugin_entry(ABI_MAJOR << 16 | ABI_MINOR);
    // SAFETY: the manifest is static.
    let ours = unsafe { *ours };
    let theirs: &'static Manifest = Box::leak(Box::new(Manifest { abi_minor, ..ours }));
    let (_, entries) = manifest::read(Path::new("libtoys.so"), std::ptr::from_ref(theirs)).unwrap();
    let mut entry = entries.into_iter().find(|of| of.name == name).unwrap();
    let caps = entry.table.caps & !without;
    entry.table = Box::leak(Box::new(PluginTable {
        caps,
        ..*entry.table
    }));
    let origin = Origin::Library {
        path: "libtoys.so",
        hash: "0",
        built_by: "a test",
    };
    adapters::plugin("libtoys.so", origin, Box::leak(Box::new(entry))).build
}
