//! What is checked before the system's loader sees a file.
//!
//! The loader maps a file by what its header says and touches the memory, so that a library that was cut short ends the
//! program by a signal; and the constructors of any library run before its symbols can be asked for. So the header, the
//! machine, the segments and the name of the entry symbol are checked on the bytes.
//! Source: System V ABI, Tool Interface Standard ELF version 1.2 and its 64-bit extension.

use std::path::Path;

use super::LibraryError;
use super::abi::ENTRY;

/// Size of the header of a 64-bit file.
const HEADER: usize = 64;
/// Size of an entry of the table of segments.
const SEGMENT: usize = 56;
/// Size of an entry of the dynamic section.
const DYNAMIC: u64 = 16;
/// Largest span of memory that a library may ask for.
const MAX_SPAN: u64 = 1 << 36;

const PT_LOAD: u32 = 1;
const PT_DYNAMIC: u32 = 2;
const PT_TLS: u32 = 7;
const PT_GNU_RELRO: u32 = 0x6474_e552;

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
    file.segments()?;
    let name = [&[0], ENTRY.as_bytes(), &[0]].concat();
    if bytes.windows(name.len()).any(|window| window == name) {
        Ok(())
    } else {
        Err(LibraryError::NoEntry { path: path.into() })
    }
}

struct File<'a> {
    path: &'a Path,
    bytes: &'a [u8],
}

/// An entry of the table of segments.
#[derive(Debug, Clone, Copy)]
struct Segment {
    kind: u32,
    offset: u64,
    address: u64,
    in_file: u64,
    in_memory: u64,
    align: u64,
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

    fn segments(&self) -> Result<(), LibraryError> {
        let (start, size, n) = (self.u64(32), self.u16(54), self.u16(56));
        if usize::from(size) != SEGMENT || n == 0 || start < HEADER as u64 {
            return Err(self.damaged(format!(
                "its table of segments has {n} entries of {size} bytes at byte {start}"
            )));
        }
        let end = start.saturating_add(SEGMENT as u64 * u64::from(n));
        if end > self.bytes.len() as u64 {
            return Err(self.truncated("the table of segments", end));
        }
        let segments: Vec<Segment> = (0..usize::from(n))
            .map(|idx| self.segment(start as usize + idx * SEGMENT))
            .collect();
        let loads: Vec<Segment> = segments
            .iter()
            .filter(|segment| segment.kind == PT_LOAD)
            .copied()
            .collect();
        self.loads(&loads)?;
        for segment in &segments {
            self.inside(segment, &loads)?;
        }
        match segments.iter().find(|segment| segment.kind == PT_DYNAMIC) {
            Some(dynamic) => self.dynamic(dynamic, &loads),
            None => Err(self.damaged("it has no dynamic section".into())),
        }
    }

    /// Segments that are mapped: whole, in order, and of a sane size.
    fn loads(&self, loads: &[Segment]) -> Result<(), LibraryError> {
        let (Some(first), Some(last)) = (loads.first(), loads.last()) else {
            return Err(self.damaged("it has no segment to load".into()));
        };
        let mut end = 0;
        for load in loads {
            let needs = load.offset.saturating_add(load.in_file);
            if needs > self.bytes.len() as u64 {
                return Err(self.truncated("a segment", needs));
            }
            let aligned = load.align.is_power_of_two()
                && (4096..=1 << 24).contains(&load.align)
                && load.address % load.align == load.offset % load.align;
            if !aligned || load.in_file > load.in_memory || load.address < end {
                return Err(self.damaged(format!("a segment that cannot be mapped ({load:?})")));
            }
            end = load.address.saturating_add(load.in_memory);
        }
        if first.offset != 0
            || first.address != 0
            || last.address.saturating_add(last.in_memory) > MAX_SPAN
        {
            return Err(self.damaged(
                "its segments do not begin with the header, or ask for too much memory".into(),
            ));
        }
        Ok(())
    }

    /// Parts of mapped segments that the loader writes to or reads without asking.
    fn inside(&self, segment: &Segment, loads: &[Segment]) -> Result<(), LibraryError> {
        let relevant = [PT_DYNAMIC, PT_TLS, PT_GNU_RELRO].contains(&segment.kind);
        // Relocated data is protected in whole pages.
        let slack = if segment.kind == PT_GNU_RELRO {
            1 << 16
        } else {
            0
        };
        let end = segment.address.saturating_add(segment.in_memory);
        let holds = |load: &Segment| {
            segment.address >= load.address
                && end <= load.address.saturating_add(load.in_memory) + slack
        };
        // The zeroed part of thread-local data takes no room in the image.
        let tls = Segment {
            in_memory: segment.in_file,
            ..*segment
        };
        let fits = if segment.kind == PT_TLS {
            segment.in_file <= segment.in_memory
                && segment.in_memory < MAX_SPAN
                && segment.align.max(1).is_power_of_two()
                && segment.align <= 1 << 24
                && loads.iter().any(|load| {
                    tls.address >= load.address
                        && tls.address.saturating_add(tls.in_memory)
                            <= load.address.saturating_add(load.in_memory)
                })
        } else {
            loads.iter().any(holds)
        };
        if relevant && !fits {
            return Err(self.damaged(format!(
                "a segment of kind {:#x} lies outside of what is loaded",
                segment.kind
            )));
        }
        Ok(())
    }

    /// The dynamic section lies in the file, ends, and points at places that are loaded.
    fn dynamic(&self, dynamic: &Segment, loads: &[Segment]) -> Result<(), LibraryError> {
        let end = dynamic.offset.saturating_add(dynamic.in_file);
        if end > self.bytes.len() as u64 {
            return Err(self.truncated("the dynamic section", end));
        }
        let placed = loads.iter().any(|load| {
            dynamic.address >= load.address
                && dynamic.offset >= load.offset
                && dynamic.address - load.address == dynamic.offset - load.offset
        });
        if !placed {
            return Err(self.damaged("its dynamic section is not where it is loaded".into()));
        }
        let mut tags = Tags::default();
        for idx in 0..dynamic.in_file / DYNAMIC {
            let at = (dynamic.offset + idx * DYNAMIC) as usize;
            match (self.u64(at), self.u64(at + 8)) {
                (0, _) => return tags.check(loads).map_err(|what| self.damaged(what)),
                (tag, value) => tags.note(tag, value),
            }
        }
        Err(self.damaged("its dynamic section does not end".into()))
    }

    fn segment(&self, at: usize) -> Segment {
        Segment {
            kind: self.u32(at),
            offset: self.u64(at + 8),
            address: self.u64(at + 16),
            in_file: self.u64(at + 32),
            in_memory: self.u64(at + 40),
            align: self.u64(at + 48),
        }
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

    fn damaged(&self, what: String) -> LibraryError {
        LibraryError::Damaged {
            path: self.path.into(),
            what,
        }
    }
}

/// The tables that the loader follows: (tag of the address, tag of the size, name).
const TABLES: [(u64, Option<u64>, &str); 9] = [
    (5, Some(10), "table of strings"),
    (6, None, "table of symbols"),
    (7, Some(8), "table of relocations"),
    (23, Some(2), "table of jumps"),
    (25, Some(27), "list of constructors"),
    (26, Some(28), "list of destructors"),
    (0x6fff_fef5, None, "hash table"),
    (0x6fff_fff0, None, "table of symbol versions"),
    (0x6fff_fffe, None, "table of needed versions"),
];

/// Entries of the dynamic section that matter.
#[derive(Debug, Default)]
struct Tags(Vec<(u64, u64)>);

impl Tags {
    fn note(&mut self, tag: u64, value: u64) {
        self.0.push((tag, value));
    }

    fn get(&self, tag: u64) -> Option<u64> {
        let found = self.0.iter().find(|(known, _)| *known == tag);
        found.map(|(_, value)| *value)
    }

    fn check(&self, loads: &[Segment]) -> Result<(), String> {
        if self.get(5).is_none() || self.get(6).is_none() {
            return Err("its dynamic section names no symbols".into());
        }
        for (address, size, name) in TABLES {
            let Some(start) = self.get(address) else {
                continue;
            };
            let size = size.and_then(|size| self.get(size)).unwrap_or(1);
            let end = start.saturating_add(size);
            let holds = |load: &Segment| {
                start >= load.address && end <= load.address.saturating_add(load.in_memory)
            };
            if !loads.iter().any(holds) {
                return Err(format!("its {name} lies outside of what is loaded"));
            }
        }
        Ok(())
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
