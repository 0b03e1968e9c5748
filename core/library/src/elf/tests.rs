//! Layouts of segments, drawn at random: what a linker may write is read, and what breaks one rule is refused for it.

#![expect(
    clippy::print_stderr,
    reason = "a test tells how much it has looked at"
)]

use std::path::Path;

use lab_core::rng::{Stream, stream};
use rand::Rng;

use super::File;
use super::segments::{self, EXECUTE, WRITE};

const LOAD: u32 = 1;
const DYNAMIC: u32 = 2;
const TLS: u32 = 7;
const RELRO: u32 = 0x6474_e552;
const READ: u32 = 4;

/// Number of layouts that are drawn.
const N: usize = 2000;

/// An entry of the table of segments.
#[derive(Debug, Clone, Copy)]
struct Entry {
    kind: u32,
    flags: u32,
    offset: u64,
    address: u64,
    in_file: u64,
    in_memory: u64,
    align: u64,
}

impl Entry {
    fn end(&self) -> u64 {
        self.address + self.in_memory
    }
}

/// A table of segments, and the size of its file.
#[derive(Debug, Clone)]
struct Layout {
    entries: Vec<Entry>,
    n_bytes: u64,
}

impl Layout {
    fn of_kind(&self, kind: u32) -> Vec<usize> {
        let idx = 0..self.entries.len();
        idx.filter(|&idx| self.entries[idx].kind == kind).collect()
    }

    fn last_load(&self) -> Entry {
        self.entries[*self.of_kind(LOAD).last().unwrap()]
    }

    fn first(&mut self, kind: u32) -> &mut Entry {
        let idx = self.of_kind(kind)[0];
        &mut self.entries[idx]
    }

    /// What the checks say of a file with this table.
    fn complaint(&self) -> Option<String> {
        let mut bytes = vec![0; self.n_bytes as usize];
        let mut put =
            |at: usize, number: &[u8]| bytes[at..at + number.len()].copy_from_slice(number);
        put(32, &64_u64.to_le_bytes());
        put(54, &56_u16.to_le_bytes());
        put(56, &(self.entries.len() as u16).to_le_bytes());
        for (idx, entry) in self.entries.iter().enumerate() {
            let at = 64 + 56 * idx;
            put(at, &entry.kind.to_le_bytes());
            put(at + 4, &entry.flags.to_le_bytes());
            let numbers = [
                entry.offset,
                entry.address,
                entry.address,
                entry.in_file,
                entry.in_memory,
                entry.align,
            ];
            for (column, number) in numbers.iter().enumerate() {
                put(at + 8 + 8 * column, &number.to_le_bytes());
            }
        }
        let (path, bytes) = (Path::new("libx.so"), &bytes[..]);
        let error = segments::read(&File { path, bytes }).err()?;
        Some(error.to_string())
    }
}

/// The next segment to load, behind those before it.
fn load(draws: &mut Stream, flags: u32, before: Option<&Entry>, align: u64) -> Entry {
    let (file_end, memory_end) = before.map_or((0, 0), |of| (of.offset + of.in_file, of.end()));
    // Half of the segments fill their last page, so that the next one begins where they end.
    let in_file = match draws.random_range(0..2) {
        0 => draws.random_range(1024..9000),
        _ => align - file_end % align,
    };
    let in_file = if before.is_none() {
        in_file.max(1024)
    } else {
        in_file
    };
    let offset = file_end + [0, 0, 8, 64][draws.random_range(0..4)] * u64::from(before.is_some());
    let congruent = memory_end + (offset % align + align - memory_end % align) % align;
    let zeros = if flags & WRITE != 0 && draws.random_range(0..2) == 0 {
        draws.random_range(0..9000)
    } else {
        0
    };
    Entry {
        kind: LOAD,
        flags,
        offset,
        address: congruent
            + align * [0, 0, 0, 1, 7][draws.random_range(0..5)] * u64::from(before.is_some()),
        in_file,
        in_memory: in_file + zeros,
        align,
    }
}

/// A layout that a linker may write: code before data that is protected, at times with data behind it.
fn sound(draws: &mut Stream) -> Layout {
    let align = [0x1000, 0x4000, 0x10000][draws.random_range(0..3)];
    let mut loads: Vec<Entry> = Vec::new();
    let before: &[u32] = match draws.random_range(0..3) {
        0 => &[READ | EXECUTE],
        1 => &[READ, READ | EXECUTE],
        _ => &[READ, READ | EXECUTE, READ],
    };
    let n_written = draws.random_range(1..3);
    for flags in before
        .iter()
        .copied()
        .chain(std::iter::repeat_n(READ | WRITE, n_written))
    {
        let next = load(draws, flags, loads.last(), align);
        loads.push(next);
    }
    let written = loads[before.len()];
    let page_end = written.end().next_multiple_of(align);
    let inside = Entry {
        kind: DYNAMIC,
        in_file: written.in_file.min(64),
        in_memory: written.in_file.min(64),
        align: 8,
        ..written
    };
    let size = match draws.random_range(0..3) {
        0 => page_end - written.address,
        1 => written.in_memory,
        _ => draws.random_range(1..=written.in_memory),
    };
    let relro = Entry {
        kind: RELRO,
        flags: READ,
        in_memory: size,
        align: 1,
        ..written
    };
    // Zeros of threads stand at any address, also at the end of all.
    let last = loads[loads.len() - 1];
    let tls = match draws.random_range(0..2) {
        0 => Entry {
            kind: TLS,
            ..inside
        },
        _ => Entry {
            kind: TLS,
            address: last.end(),
            in_file: 0,
            ..inside
        },
    };
    let n_bytes = last.offset + last.in_file;
    loads.extend([inside, relro, tls]);
    Layout {
        entries: loads,
        n_bytes,
    }
}

/// How a layout is broken, and what must be said of it.
type Break = (&'static str, fn(&mut Layout), &'static str);

const OUTSIDE: &str = "data to protect lies outside";
const MAPPED: &str = "a segment cannot be mapped";
const BREAKS: [Break; 18] = [
    ("protects code", |of| of.first(RELRO).address = 0, OUTSIDE),
    (
        "protects what begins at the end of all",
        |of| {
            let end = of.last_load().end();
            *of.first(RELRO) = Entry {
                address: end,
                in_memory: 1,
                ..*of.first(RELRO)
            };
        },
        OUTSIDE,
    ),
    (
        "protects a byte behind the page",
        |of| {
            let last = of.last_load();
            let end = last.end().next_multiple_of(last.align) + 1;
            let relro = of.first(RELRO);
            relro.in_memory = end - relro.address;
        },
        OUTSIDE,
    ),
    (
        "protects all memory",
        |of| of.first(RELRO).in_memory = u64::MAX,
        OUTSIDE,
    ),
    (
        "a segment begins before the last one ends",
        |of| {
            let second = of.entries[1].address;
            let first = of.first(LOAD);
            first.in_file = second + 1;
            first.in_memory = second + 1;
            of.n_bytes += second + 1;
        },
        MAPPED,
    ),
    (
        "more in the file than in memory",
        |of| of.first(LOAD).in_memory -= 1,
        MAPPED,
    ),
    ("zeros in code", |of| of.first(LOAD).in_memory += 1, MAPPED),
    (
        "an address that is not congruent",
        |of| of.entries[1].address += 1,
        MAPPED,
    ),
    (
        "an alignment that is no power of two",
        |of| of.first(LOAD).align += 1,
        MAPPED,
    ),
    (
        "an alignment below a page",
        |of| of.first(LOAD).align = 512,
        MAPPED,
    ),
    (
        "what cannot be read",
        |of| of.first(LOAD).flags = EXECUTE,
        MAPPED,
    ),
    (
        "a file that ends early",
        |of| of.n_bytes -= 1,
        "damaged or cut short",
    ),
    (
        "an offset behind the file",
        |of| of.entries[1].offset = u64::MAX - 7,
        "damaged or cut short",
    ),
    (
        "no dynamic section",
        |of| of.first(DYNAMIC).kind = 0,
        "it has 0 dynamic sections",
    ),
    (
        "two dynamic sections",
        |of| of.first(TLS).kind = DYNAMIC,
        "it has 2 dynamic sections",
    ),
    (
        "data of threads at the end of all",
        |of| {
            let end = of.last_load().end();
            *of.first(TLS) = Entry {
                address: end,
                in_file: 1,
                in_memory: 1,
                ..*of.first(TLS)
            };
        },
        "data of threads",
    ),
    (
        "threads with an odd alignment",
        |of| of.first(TLS).align = 3,
        "data of threads",
    ),
    (
        "more data of threads in the file than in memory",
        |of| {
            let tls = of.first(TLS);
            tls.in_file = tls.in_memory + 1;
        },
        "data of threads",
    ),
];

#[test]
fn sound_layouts_are_read_and_each_broken_one_is_refused() {
    let mut draws = stream(20, "layouts");
    let (mut n_touching, mut n_broken) = (0, 0);
    for idx in 0..N {
        let layout = sound(&mut draws);
        let complaint = layout.complaint();
        assert!(complaint.is_none(), "{idx}: {complaint:?} of {layout:#x?}");
        let protected = layout.clone().first(RELRO).address;
        let touches = |entry: &Entry| entry.kind == LOAD && entry.end() == protected;
        n_touching += usize::from(layout.entries.iter().any(touches));
        for (what, change, expected) in BREAKS {
            let mut broken = layout.clone();
            change(&mut broken);
            let complaint = broken
                .complaint()
                .unwrap_or_else(|| panic!("{idx}, {what}: read: {broken:#x?}"));
            assert!(complaint.contains(expected), "{idx}, {what}: {complaint}");
            n_broken += 1;
        }
    }
    eprintln!(
        "{N} layouts were read, {n_touching} of them with code that ends where protected data begins; {n_broken} broken ones were refused"
    );
    assert!(n_touching > N / 10, "{n_touching}");
}

/// A code segment without a gap before protected data, as GNU's linker wrote it on another machine.
#[test]
fn code_may_end_where_protected_data_begins() {
    let segment = |kind, flags, offset, address, size| Entry {
        kind,
        flags,
        offset,
        address,
        in_file: size,
        in_memory: size,
        align: 0x1000,
    };
    let layout = Layout {
        entries: vec![
            segment(LOAD, READ | EXECUTE, 0, 0, 0x2000),
            segment(LOAD, READ | WRITE, 0x2000, 0x2000, 0x1800),
            segment(DYNAMIC, READ | WRITE, 0x2100, 0x2100, 0x100),
            segment(RELRO, READ, 0x2000, 0x2000, 0x1000),
        ],
        n_bytes: 0x3800,
    };
    assert_eq!(layout.complaint(), None);
    // The same with a gap: no segment holds the address at which the code ends.
    let mut gap = layout;
    for idx in [1, 2] {
        gap.entries[idx].address += 0x1000;
    }
    assert!(gap.complaint().is_some_and(|text| text.contains(OUTSIDE)));
}
