//! Loading: check the file, open it once, read its manifest, register its plugins.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use super::manifest::{self, Entry};
use super::{LibraryError, adapters, elf};
use lab_core::registry::{Origin, Plugin, add};
use lab_core::{Error, Result};

/// A loaded library. It stays loaded as long as the program runs.
#[derive(Debug)]
pub struct Library {
    path: String,
    hash: String,
    built_by: String,
    abi_minor: u32,
    plugins: OnceLock<Vec<&'static Plugin>>,
}

impl Library {
    /// Its path, as it was first asked for.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// BLAKE3 of the file, hexadecimal.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// What built it, in its own words.
    pub fn built_by(&self) -> &str {
        &self.built_by
    }

    /// Whether its plugins can name the files that they read; libraries of version 1.0 of the interface cannot.
    pub fn names_files(&self) -> bool {
        self.abi_minor > 0
    }

    /// Plugins of the library.
    pub fn plugins(&self) -> &[&'static Plugin] {
        self.plugins.get().map_or(&[], Vec::as_slice)
    }

    /// Whether it says of itself that it was built without optimisation, which makes it many times slower.
    pub fn is_slow(&self) -> bool {
        self.built_by.contains("opt-level 0")
    }
}

/// Loads a library and registers its plugins; a library that is loaded already is left as it is.
///
/// # Errors
/// [`LibraryError`] if the file is no plugin library, and [`Error::DuplicatePlugin`] if a plugin of it has the name of
/// another, built in or loaded.
pub fn load(path: &Path) -> Result<&'static Library> {
    static LOADED: Mutex<BTreeMap<PathBuf, &'static Library>> = Mutex::new(BTreeMap::new());
    if !CAN_CHECK {
        return Err(LibraryError::System { path: path.into() }.into());
    }
    let file = path.canonicalize().map_err(Error::io("reading", path))?;
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(library) = loaded.get(&file) {
        return Ok(library);
    }
    if !file.is_file() {
        return Err(LibraryError::NotALibrary {
            path: path.into(),
            found: "a folder or a device".into(),
        }
        .into());
    }
    let bytes = std::fs::read(&file).map_err(Error::io("reading", path))?;
    elf::check(path, &bytes)?;
    let hash = blake3::hash(&bytes).to_hex().to_string();
    let manifest = open(path, &file, &bytes)?;
    drop(bytes);
    let (built_by, entries) = manifest::read(path, manifest)?;
    let library = register(path, hash, built_by, entries)?;
    loaded.insert(file, library);
    Ok(library)
}

pub(super) fn register(
    path: &Path,
    hash: String,
    built_by: String,
    entries: Vec<Entry>,
) -> Result<&'static Library> {
    let library: &'static Library = Box::leak(Box::new(Library {
        path: path.display().to_string(),
        hash,
        built_by,
        abi_minor: entries.first().map_or(0, |entry| entry.abi_minor),
        plugins: OnceLock::new(),
    }));
    let origin = Origin::Library {
        path: library.path(),
        hash: library.hash(),
        built_by: library.built_by(),
    };
    let plugins: Vec<&'static Plugin> = entries
        .into_iter()
        .map(|entry| {
            let entry: &'static Entry = Box::leak(Box::new(entry));
            let plugin: &'static Plugin =
                Box::leak(Box::new(adapters::plugin(library.path(), origin, entry)));
            plugin
        })
        .collect();
    add(plugins.iter().copied())?;
    tracing::debug!(
        path = library.path,
        built_by = library.built_by,
        "library loaded"
    );
    library.plugins.get_or_init(|| plugins);
    Ok(library)
}

/// Whether files of this system can be checked before they are loaded.
const CAN_CHECK: bool = cfg!(all(
    target_os = "linux",
    target_pointer_width = "64",
    target_endian = "little"
));

/// Opens a checked file and asks for its manifest.
#[cfg(all(
    target_os = "linux",
    target_pointer_width = "64",
    target_endian = "little"
))]
fn open(
    path: &Path,
    file: &Path,
    bytes: &[u8],
) -> Result<*const super::abi::Manifest, LibraryError> {
    use std::mem::ManuallyDrop;

    use libloading::os::unix::{Library as System, RTLD_LOCAL, RTLD_NOW, Symbol};

    use super::abi::{ABI_MAJOR, ABI_MINOR, ENTRY, Manifest};

    type EntryFn = unsafe extern "C" fn(u32) -> *const Manifest;

    // Where there is no such copy, the file itself is as good until somebody writes into it.
    let copy = super::private::copy(bytes).ok().flatten();
    let loaded = copy.as_deref().unwrap_or(file);
    let refused = |error: libloading::Error| {
        let system = std::error::Error::source(&error);
        let message = system.map_or_else(|| error.to_string(), ToString::to_string);
        LibraryError::Loader {
            path: path.into(),
            message: message.replace(&*loaded.to_string_lossy(), &file.to_string_lossy()),
        }
    };
    // SAFETY: loading runs the library's constructors, which is what the person asked for by naming it; the file was
    // checked to be a plugin library of this machine.
    let system = unsafe { System::open(Some(loaded), RTLD_NOW | RTLD_LOCAL) }.map_err(refused)?;
    // Never unloaded: threads of the library may be alive, and its tables are read as long as the program runs.
    let system = ManuallyDrop::new(system);
    // SAFETY: the interface fixes the type of this symbol.
    let entry: Symbol<EntryFn> = unsafe { system.get(ENTRY.as_bytes()) }
        .map_err(|_| LibraryError::NoEntry { path: path.into() })?;
    // SAFETY: as above.
    Ok(unsafe { entry(ABI_MAJOR << 16 | ABI_MINOR) })
}

/// Elsewhere a file cannot be checked, and is not opened.
#[cfg(not(all(
    target_os = "linux",
    target_pointer_width = "64",
    target_endian = "little"
)))]
fn open(
    path: &Path,
    _file: &Path,
    _bytes: &[u8],
) -> Result<*const super::abi::Manifest, LibraryError> {
    Err(LibraryError::System { path: path.into() })
}
