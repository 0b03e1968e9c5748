//! The dynamic section: the tables that the loader follows.

use super::super::LibraryError;
use super::File;
use super::sections::Section;
use super::segments::{EXECUTE, Segments, WRITE};

/// Size of an entry.
const ENTRY: u64 = 16;
/// Size of a relocation.
const RELOCATION: u64 = 24;

const DT_STRTAB: u64 = 5;
const DT_SYMTAB: u64 = 6;
const DT_RELA: u64 = 7;
const DT_RELASZ: u64 = 8;
const DT_JMPREL: u64 = 23;
const DT_RELACOUNT: u64 = 0x6fff_fff9;

/// Tables: (tag of the address, tag of the size, kinds of the section there, or none where it may be any, name).
const TABLES: [(u64, Option<u64>, &[u32], &str); 11] = [
    (3, None, &[], "table of addresses"),
    (4, None, &[5], "hash table"),
    (DT_STRTAB, Some(10), &[3], "table of strings"),
    (DT_SYMTAB, None, &[11], "table of symbols"),
    (DT_RELA, Some(DT_RELASZ), &[4], "table of relocations"),
    (DT_JMPREL, Some(2), &[4], "table of jumps"),
    (25, Some(27), &[14], "list of constructors"),
    (26, Some(28), &[15], "list of destructors"),
    (0x6fff_fef5, None, &[0x6fff_fff6], "hash table"),
    (
        0x6fff_fff0,
        None,
        &[0x6fff_ffff],
        "table of symbol versions",
    ),
    (
        0x6fff_fffe,
        None,
        &[0x6fff_fffe],
        "table of needed versions",
    ),
];

/// Kinds of sections that must be named by a tag if they are there: relocations, constructors, destructors.
const MUST_BE_NAMED: [u32; 3] = [4, 14, 15];

/// Values that can only be one, by the table that needs them: sizes of symbols and of relocations, the kind of the table of
/// jumps.
const FIXED: [(u64, u64, u64); 3] = [
    (DT_SYMTAB, 11, 24),
    (DT_RELA, 9, RELOCATION),
    (DT_JMPREL, 20, DT_RELA),
];

/// Checks where the tables are, and that nothing is missing.
pub(super) fn check(
    file: &File<'_>,
    sections: &[Section],
    segments: &Segments,
) -> Result<(), LibraryError> {
    let tags = read(file, segments)?;
    let get = |tag: u64| {
        tags.iter()
            .find(|(known, _)| *known == tag)
            .map(|(_, value)| *value)
    };
    if get(DT_STRTAB).is_none() || get(DT_SYMTAB).is_none() {
        return Err(file.damaged("its dynamic section names no symbols"));
    }
    for (tag, size, kinds, name) in TABLES {
        let Some(address) = get(tag) else {
            continue;
        };
        let size = match size.map(&get) {
            Some(None) => return Err(file.damaged(format!("its {name} has no size"))),
            size => size.flatten(),
        };
        let begins = |section: &Section| {
            section.address == address && (kinds.is_empty() || kinds.contains(&section.kind))
        };
        // Nothing is read of an empty table, wherever it is said to be; but it must not hide one that has entries.
        if size == Some(0) && !sections.iter().any(begins) {
            continue;
        }
        if segments.holding(address, size.unwrap_or(1)).is_none() {
            return Err(file.damaged(format!("its {name} lies outside of what is loaded")));
        }
        // Some linkers let one table of relocations go on into the next.
        let ends = |section: &Section| {
            size.is_none_or(|size| {
                section.address >= address
                    && section.address.saturating_add(section.size) == address + size
            })
        };
        let whole = sections.iter().any(begins) && sections.iter().any(ends);
        if !sections.is_empty() && !whole {
            return Err(file.damaged(format!("its {name} is not where its sections are")));
        }
    }
    for (table, tag, only) in FIXED {
        let value = get(tag);
        if value != Some(only) && (value.is_some() || get(table).is_some()) {
            let found = value.map_or("missing".to_owned(), |value| value.to_string());
            return Err(file.damaged(format!("tag {tag} is {found}, which can only be {only}")));
        }
    }
    // What runs when the library is loaded and unloaded.
    for address in [12, 13].into_iter().filter_map(get) {
        let code = segments.holding(address, 1);
        let named = sections.is_empty() || sections.iter().any(|of| of.is_code_at(address));
        if !named || code.is_none_or(|load| load.flags & EXECUTE == 0) {
            return Err(file.damaged("a function that it starts with is no code"));
        }
    }
    for section in sections
        .iter()
        .filter(|of| MUST_BE_NAMED.contains(&of.kind))
    {
        let named = TABLES
            .iter()
            .any(|(tag, _, _, _)| get(*tag) == Some(section.address));
        if !named {
            return Err(file.damaged("its dynamic section lacks a table that its sections have"));
        }
    }
    relative(file, segments, &get)
}

/// The entries up to the end.
fn read(file: &File<'_>, segments: &Segments) -> Result<Vec<(u64, u64)>, LibraryError> {
    let dynamic = &segments.dynamic;
    let end = dynamic.offset.saturating_add(dynamic.in_file);
    if end > file.bytes.len() as u64 {
        return Err(file.truncated("the dynamic section", end));
    }
    let placed = segments
        .holding(dynamic.address, dynamic.in_memory)
        .is_some_and(|load| {
            let inside = dynamic.address - load.address;
            dynamic.offset == load.offset.saturating_add(inside) && load.flags & WRITE != 0
        });
    if !placed {
        return Err(file.damaged("its dynamic section is not where it is loaded"));
    }
    let mut tags = Vec::new();
    for idx in 0..dynamic.in_file / ENTRY {
        let at = (dynamic.offset + idx * ENTRY) as usize;
        match (file.u64(at), file.u64(at + 8)) {
            (0, _) => return Ok(tags),
            entry => tags.push(entry),
        }
    }
    Err(file.damaged("its dynamic section does not end"))
}

/// The relocations that are said to be relative, and are done without looking, are of one kind.
fn relative(
    file: &File<'_>,
    segments: &Segments,
    get: &dyn Fn(u64) -> Option<u64>,
) -> Result<(), LibraryError> {
    let (Some(count), Some(start), Some(size)) = (get(DT_RELACOUNT), get(DT_RELA), get(DT_RELASZ))
    else {
        return Ok(());
    };
    let wrong = || file.damaged("it counts relative relocations that are none");
    let Some(load) = segments
        .holding(start, size)
        .filter(|_| count <= size / RELOCATION)
    else {
        return Err(wrong());
    };
    let at = load.offset + (start - load.address);
    let kind = |idx: u64| file.u32((at + idx * RELOCATION + 8) as usize);
    let symbol = |idx: u64| file.u32((at + idx * RELOCATION + 12) as usize);
    if (0..count).all(|idx| kind(idx) == kind(0) && symbol(idx) == 0) {
        Ok(())
    } else {
        Err(wrong())
    }
}
