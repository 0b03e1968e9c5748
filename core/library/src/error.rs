//! What can be wrong with a shared library, and with what it does.

use std::path::PathBuf;

/// Why a library was not loaded, or why a call into it failed.
///
/// The first six are found out before anything of the library runs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LibraryError {
    /// The file is no shared library. Remedy: name the built `.so` file.
    #[error("'{}': expected a shared library for this machine (an ELF file of type DYN, 64 bits), got {found}; name the .so file that building the plugin made", path.display())]
    NotALibrary {
        /// The file.
        path: PathBuf,
        /// What the file is instead.
        found: String,
    },
    /// It was built for another processor. Remedy: build it on this machine.
    #[error("'{}': built for {found}, but this machine is {expected}; build the plugin for {expected}", path.display())]
    Machine {
        /// The file.
        path: PathBuf,
        /// The processor that the file was built for.
        found: String,
        /// The processor of this program.
        expected: String,
    },
    /// The file ends before its content. Remedy: copy or build it again.
    #[error("'{}': the file is damaged or cut short: {what} needs {needs} bytes, the file has {has}; copy or build it again", path.display())]
    Truncated {
        /// The file.
        path: PathBuf,
        /// The part that does not fit.
        what: String,
        /// Where that part ends.
        needs: u64,
        /// The file's size.
        has: u64,
    },
    /// A table inside the file cannot be. Remedy: build it again.
    #[error("'{}': the file is damaged: {what}; copy or build it again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the file says that cannot be.
        what: String,
    },
    /// A shared library, but not a plugin. Remedy: export plugins from it.
    #[error("'{}': a shared library, but no plugin: it has no function 'lab_plugin_entry'; in Rust, export_plugin! in a crate of type cdylib makes it, in C, see lab_plugin.h", path.display())]
    NoEntry {
        /// The file.
        path: PathBuf,
    },
    /// This program cannot check libraries on this system. Remedy: build the plugin in.
    #[error("'{}': plugins in shared libraries are loaded on Linux (64 bits, little-endian) only, as nothing else is checked before it is loaded; build the plugin in instead", path.display())]
    System {
        /// The file.
        path: PathBuf,
    },
    /// The system refused to load it. Remedy: usually a missing library that it needs.
    #[error("'{}': the system cannot load it: {message}", path.display())]
    Loader {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        message: String,
    },
    /// It was built for another version of the interface. Remedy: build it against this version.
    #[error("'{}': speaks version {theirs} of the plugin interface, this program {ours}; build the plugin again with the lab_plugin.h (or lab-core) of this program", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// The version of the interface in the library.
        theirs: String,
        /// The version of the interface in this program.
        ours: String,
    },
    /// Its table of plugins is wrong. Remedy: the author's.
    #[error("'{}': its table of plugins is wrong: {what}; this is a mistake of the plugin's author, see lab_manifest and lab_plugin in lab_plugin.h", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// It panicked; the program goes on. Remedy: the author's.
    #[error("{plugin} panicked in {call}: {message}; this is a mistake of the plugin's author")]
    Panicked {
        /// Kind, name and library.
        plugin: String,
        /// What the library was doing.
        call: &'static str,
        /// The panic's message.
        message: String,
    },
    /// It says that it failed. Remedy: in the message.
    #[error("{plugin} failed in {call}: {message}")]
    Failed {
        /// Kind, name and library.
        plugin: String,
        /// What the library was doing.
        call: &'static str,
        /// The message of the library.
        message: String,
    },
    /// What it answered breaks the interface. Remedy: the author's.
    #[error(
        "{plugin} broke the interface in {call}: expected {expected}, got {got}; this is a mistake of the plugin's author, see lab_plugin.h"
    )]
    Broken {
        /// Kind, name and library.
        plugin: String,
        /// What the library was doing.
        call: &'static str,
        /// What the library should have given.
        expected: String,
        /// What the library gave.
        got: String,
    },
}

impl From<LibraryError> for lab_core::Error {
    fn from(error: LibraryError) -> Self {
        Self::plugin("lab-library", error)
    }
}
