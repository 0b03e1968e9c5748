//! The handshake: magic, version, and every field that the host will rely on.

use std::mem::{MaybeUninit, offset_of};
use std::path::Path;

use super::LibraryError;
use super::abi::{ABI_MAJOR, ABI_MINOR, MAGIC, Manifest, PluginTable, Str, caps};
use super::arrays::slice;
use lab_core::registry::Capability;

/// Plugins that one library may hold.
const MAX_PLUGINS: u64 = 4096;

/// One plugin of a library, checked.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) table: &'static PluginTable,
    pub(super) capability: Capability,
    pub(super) name: &'static str,
    pub(super) version: &'static str,
    pub(super) summary: &'static str,
    pub(super) equation: &'static str,
    pub(super) source: &'static str,
    pub(super) parity: &'static str,
    /// Kind, name and library, for messages.
    pub(super) label: String,
    /// Minor version of the interface that the library speaks.
    pub(super) abi_minor: u32,
}

impl Entry {
    /// Whether the plugin says that it can do this.
    pub(super) fn can(&self, cap: u32) -> bool {
        self.table.caps & cap != 0
    }
}

/// The kinds, as the interface spells them.
pub(super) const KINDS: [(&str, Capability); 6] = [
    ("dataset", Capability::Dataset),
    ("aligner", Capability::Aligner),
    ("generator", Capability::Generator),
    ("feature_net", Capability::FeatureNet),
    ("loss", Capability::LossTerm),
    ("decoder", Capability::Decoder),
];

/// Reads a manifest: what built the library, and its plugins.
pub(super) fn read(
    path: &Path,
    manifest: *const Manifest,
) -> Result<(String, Vec<Entry>), LibraryError> {
    let wrong = |what: String| LibraryError::Manifest {
        path: path.into(),
        what,
    };
    if manifest.is_null() {
        return Err(wrong("lab_plugin_entry gave NULL".into()));
    }
    if !manifest.is_aligned() {
        return Err(wrong("the manifest is not aligned".into()));
    }
    // SAFETY: the first 16 bytes are the same in every version of the interface.
    let head = unsafe { *manifest.cast::<[u32; 4]>() };
    let [magic, major, minor, struct_size] = head;
    if magic != MAGIC {
        return Err(wrong(format!(
            "magic number {magic:#010x}, expected {MAGIC:#010x}"
        )));
    }
    if major != ABI_MAJOR || minor > ABI_MINOR {
        return Err(LibraryError::Version {
            path: path.into(),
            theirs: format!("{major}.{minor}"),
            ours: format!("{ABI_MAJOR}.{ABI_MINOR}"),
        });
    }
    if (struct_size as usize) < size_of::<Manifest>() {
        return Err(wrong(format!(
            "struct_size of the manifest is {struct_size}, at least {} is needed",
            size_of::<Manifest>()
        )));
    }
    // SAFETY: the version fits and the struct is long enough; it is static as the interface demands.
    let manifest: &'static Manifest = unsafe { &*manifest };
    let built_by =
        text(manifest.built_by).ok_or_else(|| wrong("built_by is no UTF-8 text".into()))?;
    if manifest.n == 0 || manifest.n > MAX_PLUGINS || manifest.plugins.is_null() {
        return Err(wrong(format!("it lists {} plugins", manifest.n)));
    }
    // SAFETY: `plugins` holds `n` pointers.
    let tables = unsafe { slice(manifest.plugins, manifest.n as usize) };
    let entries = tables
        .iter()
        .enumerate()
        .map(|(idx, &table)| {
            entry(path, table, minor).map_err(|what| wrong(format!("plugin {idx}: {what}")))
        })
        .collect::<Result<Vec<Entry>, LibraryError>>()?;
    Ok((built_by.to_owned(), entries))
}

fn entry(path: &Path, table: *const PluginTable, abi_minor: u32) -> Result<Entry, String> {
    if table.is_null() || !table.is_aligned() {
        return Err("its table is NULL or not aligned".into());
    }
    // SAFETY: a table begins with its size in every version.
    let size = unsafe { *table.cast::<u32>() } as usize;
    if size < SMALLEST {
        return Err(format!(
            "struct_size is {size}, at least {SMALLEST} is needed"
        ));
    }
    let table = copied(table, size);
    let read =
        |name: &str, value: Str| text(value).ok_or_else(|| format!("{name} is no UTF-8 text"));
    let kind = read("kind", table.kind)?;
    let name = read("name", table.name)?;
    let capability = KINDS
        .iter()
        .find(|(known, _)| *known == kind)
        .map(|(_, capability)| *capability)
        .ok_or_else(|| {
            let known: Vec<&str> = KINDS.iter().map(|(kind, _)| *kind).collect();
            format!("kind '{kind}' is none of {}", known.join(", "))
        })?;
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !plain || name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(format!(
            "name '{name}' is no identifier of ASCII letters, digits and '_'"
        ));
    }
    functions(table, capability).map_err(|what| format!("{kind} '{name}': {what}"))?;
    Ok(Entry {
        table,
        capability,
        name,
        version: read("version", table.version)?,
        summary: read("summary", table.summary)?,
        equation: read("equation", table.equation)?,
        source: read("source", table.source)?,
        parity: read("parity", table.parity)?,
        label: format!("{} '{name}' of {}", capability.name(), path.display()),
        abi_minor,
    })
}

/// Bytes of a table of version 1.0, which had all but the fields that came later.
const SMALLEST: usize = offset_of!(PluginTable, explain);

/// A table as this program knows it: fields that an older library does not have are NULL.
fn copied(table: *const PluginTable, size: usize) -> &'static PluginTable {
    let mut whole = MaybeUninit::<PluginTable>::zeroed();
    let n = size.min(size_of::<PluginTable>());
    // SAFETY: the library's table has `size` readable bytes, as it says, and ours has room for `n` of them.
    unsafe { std::ptr::copy_nonoverlapping(table.cast::<u8>(), whole.as_mut_ptr().cast(), n) };
    // SAFETY: bytes of zero are a table without functions, whose texts are empty; the library's own lie over them.
    Box::leak(Box::new(unsafe { whole.assume_init() }))
}

/// Every function that the kind and the caps ask for is there.
fn functions(table: &PluginTable, capability: Capability) -> Result<(), String> {
    let caps = table.caps;
    let has = |cap: u32| caps & cap != 0;
    let trains = has(caps::TRAIN | caps::STATE) || capability == Capability::Dataset;
    let needed = [
        ("create", table.create.is_some(), true),
        ("destroy", table.destroy.is_some(), true),
        ("describe", table.describe.is_some(), true),
        ("forward", table.forward.is_some(), true),
        ("vjp", table.vjp.is_some(), has(caps::VJP)),
        ("drop_tape", table.drop_tape.is_some(), has(caps::TAPE)),
        ("run", table.run.is_some(), trains),
    ];
    if let Some((name, _, _)) = needed.iter().find(|(_, there, needed)| *needed && !there) {
        return Err(format!("{name} is NULL, but its kind or caps promise it"));
    }
    let is_aligner = capability == Capability::Aligner;
    if has(caps::TRAIN) && !has(caps::STATE) && !is_aligner && capability != Capability::Dataset {
        return Err("LAB_HAS_TRAIN asks for LAB_HAS_STATE".into());
    }
    if is_aligner && !has(caps::TRAIN) {
        return Err("an aligner needs LAB_HAS_TRAIN".into());
    }
    let is_decoder = capability == Capability::Decoder;
    if is_decoder && !(has(caps::TRAIN) && has(caps::STATE)) {
        return Err("a decoder needs LAB_HAS_TRAIN and LAB_HAS_STATE".into());
    }
    Ok(())
}

/// A static text of the library.
fn text(value: Str) -> Option<&'static str> {
    // SAFETY: strings of the manifest are static.
    unsafe { value.read() }
}
