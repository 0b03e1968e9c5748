//! Segments: what the loader maps.

use super::super::LibraryError;
use super::{File, HEADER};

/// Size of an entry of the table.
const ENTRY: usize = 56;
/// Largest span of memory that a library may ask for.
const MAX_SPAN: u64 = 1 << 36;
/// Largest alignment of a segment that is accepted, in bytes.
const MAX_ALIGN: u64 = 1 << 24;

const PT_LOAD: u32 = 1;
const PT_DYNAMIC: u32 = 2;
const PT_TLS: u32 = 7;
const PT_GNU_RELRO: u32 = 0x6474_e552;

/// Permission bits of a segment.
pub(super) const EXECUTE: u32 = 1;
pub(super) const WRITE: u32 = 2;
const READ: u32 = 4;

/// A segment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segment {
    kind: u32,
    pub(super) flags: u32,
    pub(super) offset: u64,
    pub(super) address: u64,
    pub(super) in_file: u64,
    pub(super) in_memory: u64,
    align: u64,
}

/// The segments that matter.
#[derive(Debug)]
pub(super) struct Segments {
    /// The segments that are mapped into memory.
    pub(super) loads: Vec<Segment>,
    /// The dynamic section.
    pub(super) dynamic: Segment,
}

impl Segment {
    /// The address after its last byte in memory.
    fn end(&self) -> u64 {
        self.address.saturating_add(self.in_memory)
    }
}

impl Segments {
    /// The mapped segment that holds these addresses. The first of them lies inside of it, also where there are none: the
    /// address at which a segment ends belongs to the next one.
    pub(super) fn holding(&self, address: u64, size: u64) -> Option<&Segment> {
        let end = address.checked_add(size)?;
        self.loads
            .iter()
            .find(|load| (load.address..load.end()).contains(&address) && end <= load.end())
    }
}

/// Reads the table and checks what it says.
pub(super) fn read(file: &File<'_>) -> Result<Segments, LibraryError> {
    let (start, size, n) = (file.u64(32), file.u16(54), file.u16(56));
    if usize::from(size) != ENTRY || n == 0 || start < HEADER as u64 {
        return Err(file.damaged(format!(
            "its table of segments has {n} entries of {size} bytes at byte {start}"
        )));
    }
    let all: Vec<Segment> = file
        .table("the table of segments", (start, n, ENTRY))?
        .map(|at| segment(file, at))
        .collect();
    let of_kind = |kind: u32| all.iter().filter(move |segment| segment.kind == kind);
    let loads: Vec<Segment> = of_kind(PT_LOAD).copied().collect();
    check_loads(file, &loads)?;
    let dynamics: Vec<&Segment> = of_kind(PT_DYNAMIC).collect();
    let [dynamic] = dynamics[..] else {
        let n = dynamics.len();
        return Err(file.damaged(format!("it has {n} dynamic sections, not one")));
    };
    let segments = Segments {
        loads,
        dynamic: *dynamic,
    };
    // The loader protects nothing where the data to protect is empty.
    for relro in of_kind(PT_GNU_RELRO).filter(|relro| relro.in_memory > 0) {
        // It ends at a page; the last of it may lie behind what is loaded.
        let fits = segments.holding(relro.address, 1).is_some_and(|load| {
            let page_end = load.end().next_multiple_of(load.align);
            load.flags & WRITE != 0 && relro.end() <= page_end
        });
        if !fits {
            return Err(file.damaged("data to protect lies outside of what is loaded"));
        }
    }
    for tls in of_kind(PT_TLS) {
        let sane = tls.in_file <= tls.in_memory
            && tls.in_memory <= MAX_SPAN
            && tls.align.max(1).is_power_of_two()
            && tls.align <= MAX_ALIGN;
        // Data that is zeros alone takes no address of the file's own, and nothing is read at the one that it names.
        let placed = tls.in_file == 0 || segments.holding(tls.address, tls.in_file).is_some();
        if !sane || !placed {
            return Err(file.damaged("data of threads lies outside of what is loaded"));
        }
    }
    Ok(segments)
}

/// Whole, in order, readable, and of a sane size.
fn check_loads(file: &File<'_>, loads: &[Segment]) -> Result<(), LibraryError> {
    let (Some(first), Some(last)) = (loads.first(), loads.last()) else {
        return Err(file.damaged("it has no segment to load"));
    };
    let mut end = 0;
    for load in loads {
        let needs = load.offset.saturating_add(load.in_file);
        if needs > file.bytes.len() as u64 {
            return Err(file.truncated("a segment", needs));
        }
        let aligned = load.align.is_power_of_two()
            && (4096..=MAX_ALIGN).contains(&load.align)
            && load.address % load.align == load.offset % load.align;
        let sized = load.in_file <= load.in_memory && load.address >= end;
        let zeros = load.in_file == load.in_memory || load.flags & WRITE != 0;
        if !aligned || !sized || !zeros || load.flags & READ == 0 {
            return Err(file.damaged(format!(
                "a segment cannot be mapped: {} bytes at byte {} for {} bytes at address {:#x}, aligned to {}",
                load.in_file, load.offset, load.in_memory, load.address, load.align
            )));
        }
        end = load.end();
    }
    if first.offset != 0 || last.end() > MAX_SPAN {
        return Err(
            file.damaged("its segments do not begin with the header, or ask for too much memory")
        );
    }
    Ok(())
}

fn segment(file: &File<'_>, at: usize) -> Segment {
    Segment {
        kind: file.u32(at),
        flags: file.u32(at + 4),
        offset: file.u64(at + 8),
        address: file.u64(at + 16),
        in_file: file.u64(at + 32),
        in_memory: file.u64(at + 40),
        align: file.u64(at + 48),
    }
}
