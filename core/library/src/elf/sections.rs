//! Sections: what the linker said of the same bytes. The loader does not read them, so that they tell where the tables that
//! it does read were changed. A library without a table of sections is taken as it is.

use super::super::LibraryError;
use super::File;
use super::segments::{EXECUTE, Segments, WRITE};

/// Size of an entry of the table.
const ENTRY: usize = 64;
/// A section without bytes in the file.
const NOBITS: u32 = 8;
/// Flags of a section.
const IS_WRITTEN: u64 = 1;
const IS_LOADED: u64 = 2;
const IS_EXECUTED: u64 = 4;
const IS_OF_THREADS: u64 = 1 << 10;

/// A section that is loaded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Section {
    pub(super) kind: u32,
    flags: u64,
    pub(super) address: u64,
    offset: u64,
    pub(super) size: u64,
}

impl Section {
    /// Whether it holds code, at this address among others.
    pub(super) fn is_code_at(&self, address: u64) -> bool {
        let end = self.address.saturating_add(self.size);
        self.flags & IS_EXECUTED != 0 && (self.address..end).contains(&address)
    }
}

/// Reads the loaded sections.
pub(super) fn read(file: &File<'_>) -> Result<Vec<Section>, LibraryError> {
    let (start, size, n) = (file.u64(40), file.u16(58), file.u16(60));
    if start == 0 || n == 0 {
        return Ok(Vec::new());
    }
    if usize::from(size) != ENTRY {
        return Err(file.damaged(format!("its table of sections has entries of {size} bytes")));
    }
    let sections = file
        .table("the table of sections", (start, n, ENTRY))?
        .map(|at| Section {
            kind: file.u32(at + 4),
            flags: file.u64(at + 8),
            address: file.u64(at + 16),
            offset: file.u64(at + 24),
            size: file.u64(at + 32),
        });
    Ok(sections
        .filter(|section| section.flags & IS_LOADED != 0 && section.size > 0)
        .collect())
}

/// Every loaded section lies in a mapped segment, at its place in it and with its permissions.
pub(super) fn check(
    file: &File<'_>,
    sections: &[Section],
    segments: &Segments,
) -> Result<(), LibraryError> {
    for section in sections {
        let empty = section.kind == NOBITS;
        if empty && section.flags & IS_OF_THREADS != 0 {
            continue;
        }
        let Some(load) = segments.holding(section.address, section.size) else {
            return Err(misplaced(file, section));
        };
        let inside = section.address - load.address;
        let placed = empty
            || (section.offset == load.offset.saturating_add(inside)
                && inside.saturating_add(section.size) <= load.in_file);
        let allowed = (section.flags & IS_WRITTEN == 0 || load.flags & WRITE != 0)
            && (section.flags & IS_EXECUTED == 0 || load.flags & EXECUTE != 0);
        if !placed || !allowed {
            return Err(misplaced(file, section));
        }
    }
    Ok(())
}

fn misplaced(file: &File<'_>, section: &Section) -> LibraryError {
    file.damaged(format!(
        "its segments do not hold the section of {} bytes at address {:#x} as they should",
        section.size, section.address
    ))
}
