//! What is checked before the system's loader sees a file.
//!
//! The loader maps a file by what its tables say and touches the memory, so that a library that was cut short ends the
//! program by a signal; and the constructors of any library run before its symbols can be asked for. So the header, the
//! machine, the segments, what the sections say of the same bytes, the dynamic section and the name of the entry symbol
//! are checked on the bytes. Code, symbols and relocations are the library's own.
//! Source: System V ABI, Tool Interface Standard ELF version 1.2 and its 64-bit extension.

mod dynamic;
mod sections;
mod segments;
#[cfg(test)]
mod tests;

use std::path::Path;

use super::LibraryError;
use super::abi::ENTRY;

/// Size of the header of a 64-bit file.
const HEADER: usize = 64;

/// Numbers and names of machines.
const MACHINES: [(u16, &str, &str); 8] = [
    (3, "x86", "x86 (32 bits)"),
    (8, "mips", "MIPS"),
    (21, "powerpc64", "PowerPC (64 bits)"),
    (40, "arm", "ARM (32 bits)"),
    (62, "x86_64", "x86-64"),
    (183, "aarch64", "ARM (64 bits)"),
    (243, "riscv64", "RISC-V"),
    (258, "loongarch64", "LoongArch"),
];

/// Checks the bytes of a file.
pub(super) fn check(path: &Path, bytes: &[u8]) -> Result<(), LibraryError> {
    let file = File { path, bytes };
    file.header()?;
    file.machine()?;
    let segments = segments::read(&file)?;
    let sections = sections::read(&file)?;
    sections::check(&file, &sections, &segments)?;
    dynamic::check(&file, &sections, &segments)?;
    let name = [&[0], ENTRY.as_bytes(), &[0]].concat();
    if bytes.windows(name.len()).any(|window| window == name) {
        Ok(())
    } else {
        Err(LibraryError::NoEntry { path: path.into() })
    }
}

/// A file's bytes, with its name for complaints.
struct File<'a> {
    path: &'a Path,
    bytes: &'a [u8],
}

impl File<'_> {
    fn header(&self) -> Result<(), LibraryError> {
        let found = match self.bytes {
            [] => "an empty file".to_owned(),
            bytes if !bytes.starts_with(b"\x7fELF") => kind_of(bytes),
            bytes if bytes.len() < HEADER => {
                return Err(self.truncated("the header", HEADER as u64));
            }
            bytes if bytes[4] != 2 => "an ELF file of 32 bits".to_owned(),
            bytes if bytes[5] != 1 => "an ELF file with big-endian numbers".to_owned(),
            bytes if bytes[6] != 1 => format!("an ELF file of unknown version {}", bytes[6]),
            _ => match self.u16(16) {
                3 => return Ok(()),
                1 => "an object file (.o)".to_owned(),
                2 => "a program".to_owned(),
                4 => "a core dump".to_owned(),
                other => format!("an ELF file of type {other}"),
            },
        };
        Err(LibraryError::NotALibrary {
            path: self.path.into(),
            found,
        })
    }

    fn machine(&self) -> Result<(), LibraryError> {
        let named = |machine: u16| {
            MACHINES
                .iter()
                .find(|(number, _, _)| *number == machine)
                .map_or(format!("machine {machine}"), |(_, _, name)| {
                    (*name).to_owned()
                })
        };
        let ours = MACHINES
            .iter()
            .find(|(_, arch, _)| *arch == std::env::consts::ARCH)
            .map(|(number, _, _)| *number);
        let found = self.u16(18);
        match ours {
            Some(ours) if ours == found => Ok(()),
            Some(ours) => Err(LibraryError::Machine {
                path: self.path.into(),
                found: named(found),
                expected: named(ours),
            }),
            None => Err(LibraryError::System {
                path: self.path.into(),
            }),
        }
    }

    /// The places of the entries of a table in the file, all of them inside.
    fn table(
        &self,
        what: &str,
        (start, n, size): (u64, u16, usize),
    ) -> Result<impl Iterator<Item = usize> + use<>, LibraryError> {
        let end = start.saturating_add(size as u64 * u64::from(n));
        if end > self.bytes.len() as u64 {
            return Err(self.truncated(what, end));
        }
        let start = start as usize;
        Ok((0..usize::from(n)).map(move |idx| start + idx * size))
    }

    fn u16(&self, at: usize) -> u16 {
        u16::from_le_bytes(self.number(at))
    }

    fn u32(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.number(at))
    }

    fn u64(&self, at: usize) -> u64 {
        u64::from_le_bytes(self.number(at))
    }

    /// Bytes of a number; places were checked, and zeros stand for what is not there.
    fn number<const N: usize>(&self, at: usize) -> [u8; N] {
        let bytes = at
            .checked_add(N)
            .and_then(|end| self.bytes.get(at..end))
            .unwrap_or_default();
        bytes.try_into().unwrap_or([0; N])
    }

    fn truncated(&self, what: &str, needs: u64) -> LibraryError {
        LibraryError::Truncated {
            path: self.path.into(),
            what: what.into(),
            needs,
            has: self.bytes.len() as u64,
        }
    }

    fn damaged(&self, what: impl Into<String>) -> LibraryError {
        LibraryError::Damaged {
            path: self.path.into(),
            what: what.into(),
        }
    }
}

/// What a file that is no ELF file seems to be.
fn kind_of(bytes: &[u8]) -> String {
    let start = &bytes[..bytes.len().min(512)];
    let kind = match start {
        [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..] | [0xca, 0xfe, 0xba, 0xbe, ..] => {
            "a library for macOS (Mach-O)"
        }
        [b'M', b'Z', ..] => "a library or program for Windows",
        [b'!', b'<', b'a', b'r', b'c', b'h', b'>', ..] => "a static library (.a or .rlib)",
        _ if std::str::from_utf8(start).is_ok() => "a text file",
        _ => "other bytes",
    };
    kind.to_owned()
}
