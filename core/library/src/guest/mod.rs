//! The author's side: Rust plugins behind the C interface, for [`export_plugin!`](crate::export_plugin).
//!
//! Each function catches panics, copies what comes in, and gives back what the trait returned. The host's context, corpus
//! and objective appear to the plugin as its own kind of things, so that the same code runs built in and in a library.

mod calls;
mod emit;
mod link;
mod methods;
mod objective;
mod part;
mod refused;
mod report;
mod train;

use std::ffi::c_void;
use std::panic::catch_unwind;
use std::sync::Mutex;

use super::abi::{ABI_MAJOR, ABI_MINOR, ErrBuf, MAGIC, Manifest, PluginTable, Sink, Str, caps};
use super::manifest::KINDS;
use lab_core::registry::{Capability, Plugin, registry};

/// A plugin that a library exports; written by the macro.
pub trait Exported {
    /// The plugin, without its documentation.
    fn plugin() -> &'static Plugin;
}

/// One line of a library's table, before the table is made.
#[derive(Debug, Clone, Copy)]
pub struct Export {
    plugin: fn() -> &'static Plugin,
    create: unsafe extern "C" fn(Str, u64, *mut *mut c_void, *mut ErrBuf) -> i32,
    resolve: unsafe extern "C" fn(Str, u32, *const Sink, *mut ErrBuf) -> i32,
    explain: unsafe extern "C" fn(*const Sink, *mut ErrBuf) -> i32,
}

impl Export {
    /// The line of a plugin.
    pub const fn of<E: Exported>() -> Self {
        Self {
            plugin: E::plugin,
            create: calls::create::<E>,
            resolve: calls::resolve::<E>,
            explain: calls::explain::<E>,
        }
    }
}

/// The manifest of a library: made at the first call, the same afterwards. The version of the host does not matter, as
/// the library says its own and leaves the judgement to the host.
pub fn manifest(
    exports: &'static [Export],
    _host_abi: u32,
    built_by: &'static str,
) -> *const Manifest {
    static MADE: Mutex<Vec<(usize, &'static Manifest)>> = Mutex::new(Vec::new());
    let made = catch_unwind(|| {
        let Ok(mut made) = MADE.lock() else {
            return std::ptr::null();
        };
        let key = exports.as_ptr() as usize;
        if let Some((_, manifest)) = made.iter().find(|(known, _)| *known == key) {
            return std::ptr::from_ref(*manifest);
        }
        let manifest: &'static Manifest = Box::leak(Box::new(make(exports, built_by)));
        made.push((key, manifest));
        std::ptr::from_ref(manifest)
    });
    made.unwrap_or_else(|payload| {
        // Dropping the payload may itself panic.
        std::mem::forget(payload);
        std::ptr::null()
    })
}

fn make(exports: &'static [Export], built_by: &str) -> Manifest {
    let tables: Vec<*const PluginTable> = exports
        .iter()
        .map(|export| {
            let table: &'static PluginTable = Box::leak(Box::new(table(export)));
            std::ptr::from_ref(table)
        })
        .collect();
    let built_by = format!(
        "{built_by}; lab-library {}; {}; {}; features {}; opt-level {}",
        env!("CARGO_PKG_VERSION"),
        env!("LAB_RUSTC"),
        env!("LAB_TARGET"),
        env!("LAB_TARGET_FEATURES"),
        env!("LAB_OPT_LEVEL"),
    );
    Manifest {
        magic: MAGIC,
        abi_major: ABI_MAJOR,
        abi_minor: ABI_MINOR,
        struct_size: size_of::<Manifest>() as u32,
        built_by: Str::new(Box::leak(built_by.into_boxed_str())),
        n: tables.len() as u64,
        plugins: Box::leak(tables.into_boxed_slice()).as_ptr(),
    }
}

fn table(export: &Export) -> PluginTable {
    let plugin = (export.plugin)();
    // The documentation stands where the plugin registers itself, as it does for programs that build it in.
    let documented = registry().ok().and_then(|registry| {
        registry
            .iter()
            .find(|known| known.capability == plugin.capability && known.name == plugin.name)
    });
    let said = documented.unwrap_or(plugin);
    let kind = KINDS
        .iter()
        .find(|(_, capability)| *capability == plugin.capability)
        .map_or("", |(kind, _)| kind);
    PluginTable {
        struct_size: size_of::<PluginTable>() as u32,
        caps: caps_of(plugin.capability),
        kind: Str::new(kind),
        name: Str::new(plugin.name),
        version: Str::new(said.version),
        summary: Str::new(said.summary),
        equation: Str::new(said.equation),
        source: Str::new(said.source),
        parity: Str::new(said.parity),
        create: Some(export.create),
        destroy: Some(calls::destroy),
        resolve: Some(export.resolve),
        describe: Some(calls::describe),
        forward: Some(calls::forward),
        vjp: Some(calls::vjp),
        drop_tape: Some(calls::drop_tape),
        run: Some(calls::run),
        explain: Some(export.explain),
    }
}

/// What a plugin of a trait can do.
const fn caps_of(capability: Capability) -> u32 {
    let learns = caps::VJP | caps::TAPE | caps::TRAIN | caps::STATE;
    match capability {
        Capability::Dataset => 0,
        Capability::Aligner => caps::TRAIN | caps::QUALITY,
        Capability::Decoder => learns,
        Capability::Generator => learns | caps::ENCODE | caps::MAP_DRAWS,
        Capability::FeatureNet => learns | caps::CLASSIFY,
        Capability::LossTerm => caps::VJP | caps::TAPE | caps::SHARE,
    }
}
