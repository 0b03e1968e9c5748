//! Files whose datasets say in an old way where they lie: data layout messages of versions 1 and 2, as HDF5 wrote them until
//! 2004 and MATLAB until 2008.
//!
//! The library knows version 3 and later. Version 3 says the same in fewer bytes, so that each old message is written anew
//! in its own place, in a copy of the file.
//!
//! ```text
//! old = version dimensionality class 0[5] (address[8]) dimensions[4·D] (n_bytes[4] data)
//! new = 3 0 n_bytes[2] data   |   3 1 address[8] n_bytes[8]   |   3 2 D address[8] dimensions[4·D]
//! ```
//! Source: The HDF Group, *HDF5 File Format Specification* 1.1, sections III.A to III.D, IV.A.1 and IV.A.2.i.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

use lab_core::{Error, Result};
use tempfile::TempPath;

use crate::mmap::Mapped;

/// First bytes of the file's own header.
const SIGNATURE: &[u8] = b"\x89HDF\r\n\x1a\n";
/// Where that header may begin.
const BASES: [usize; 4] = [0, 512, 1024, 2048];
/// Objects, nodes of trees and blocks of messages that are looked at.
const MOST: usize = 1 << 20;
/// Types of messages in the header of an object.
const LAYOUT: u16 = 0x08;
const CONTINUED: u16 = 0x10;
const GROUP: u16 = 0x11;

/// A copy of the file with its old messages written anew; `None` if it has none.
///
/// # Errors
/// Fails if the file cannot be read, or there is no room for a copy.
pub(super) fn translated(path: &Path) -> Result<Option<TempPath>> {
    let file = Mapped::open(path)?;
    let messages = old_messages(file.bytes());
    if messages.is_empty() {
        return Ok(None);
    }
    let mut bytes = file.bytes().to_vec();
    for range in messages {
        if let Some(new) = written_anew(&file.bytes()[range.clone()]) {
            bytes[range].copy_from_slice(&new);
        }
    }
    let folder = std::env::temp_dir();
    let copy = tempfile::NamedTempFile::new().map_err(Error::io("creating a file in", &folder))?;
    std::fs::write(copy.path(), bytes).map_err(Error::io("writing to", &folder))?;
    Ok(Some(copy.into_temp_path()))
}

/// The message in the new form, filled up with zeros; `None` if it makes no sense.
fn written_anew(old: &[u8]) -> Option<Vec<u8>> {
    let n_axes = usize::from(*old.get(1)?);
    let class = *old.get(2)?;
    let mut new = vec![3, class];
    let dimensions = |at: usize| old.get(at..at + 4 * n_axes);
    match class {
        0 => {
            let at = 8 + 4 * n_axes;
            let n = u16::try_from(word(old, at)?).ok()?;
            new.extend(n.to_le_bytes());
            new.extend(old.get(at + 4..at + 4 + usize::from(n))?);
        }
        1 => {
            let sides = dimensions(16)?.chunks_exact(4);
            let mut sides = sides.map(|side| side.try_into().map_or(0, u32::from_le_bytes));
            let n_bytes = sides.try_fold(1u64, |n, side| n.checked_mul(side.into()))?;
            new.extend(old.get(8..16)?);
            new.extend(n_bytes.to_le_bytes());
        }
        2 => {
            new.push(old[1]);
            new.extend(old.get(8..16)?);
            new.extend(dimensions(16)?);
        }
        _ => return None,
    }
    (new.len() <= old.len()).then(|| {
        new.resize(old.len(), 0);
        new
    })
}

/// Where the old messages of all objects lie that groups of the old form lead to.
fn old_messages(bytes: &[u8]) -> Vec<Range<usize>> {
    let Some((base, root)) = root(bytes) else {
        return Vec::new();
    };
    let mut walk = Walk {
        bytes,
        base,
        seen: BTreeSet::new(),
        found: Vec::new(),
    };
    let mut objects = vec![root];
    while let Some(object) = objects.pop() {
        // What is damaged is for the library to refuse.
        let _ = walk.object(object, &mut objects);
    }
    walk.found
}

/// From where addresses count, and the address of the first group; `None` for files of a later form.
fn root(bytes: &[u8]) -> Option<(usize, u64)> {
    let is_start = |&at: &usize| bytes.get(at..at + 8) == Some(SIGNATURE);
    let at = BASES.into_iter().find(is_start)?;
    let more = match bytes.get(at + 8)? {
        0 => 0,
        1 => 4,
        _ => return None,
    };
    if bytes.get(at + 13..at + 15)? != [8, 8] {
        return None;
    }
    let base = usize::try_from(long(bytes, at + 24 + more)?).ok()?;
    Some((base, long(bytes, at + 64 + more)?))
}

struct Walk<'a> {
    bytes: &'a [u8],
    base: usize,
    /// Places that were looked at.
    seen: BTreeSet<usize>,
    found: Vec<Range<usize>>,
}

impl Walk<'_> {
    /// The place of an address, if it is new.
    fn place(&mut self, address: u64) -> Option<usize> {
        let at = usize::try_from(address).ok()?.checked_add(self.base)?;
        let is_new = at < self.bytes.len() && self.seen.len() < MOST && self.seen.insert(at);
        is_new.then_some(at)
    }

    /// Looks through the messages of an object, and adds the members of a group.
    fn object(&mut self, address: u64, objects: &mut Vec<u64>) -> Option<()> {
        let at = self.place(address)?;
        if self.bytes.get(at)? != &1 {
            return None;
        }
        let n_bytes = word(self.bytes, at + 8)? as usize;
        let first = at + 16..(at + 16).checked_add(n_bytes)?;
        let mut blocks = Vec::from([first]);
        while let Some(block) = blocks.pop() {
            let mut at = block.start;
            while at + 8 <= block.end {
                let kind = short(self.bytes, at)?;
                let data = at + 8..at + 8 + usize::from(short(self.bytes, at + 2)?);
                let message = self.bytes.get(data.clone())?;
                match kind {
                    LAYOUT if matches!(message.first(), Some(1 | 2)) => {
                        self.found.push(data.clone());
                    }
                    CONTINUED => {
                        let (start, n) = (long(message, 0)?, long(message, 8)?);
                        let n = usize::try_from(n).ok()?;
                        if let Some(start) = self.place(start) {
                            blocks.push(start..start.checked_add(n)?);
                        }
                    }
                    GROUP => self.tree(long(message, 0)?, objects),
                    _ => {}
                }
                at = data.end;
            }
        }
        Some(())
    }

    /// Adds the members that a group's tree leads to.
    fn tree(&mut self, address: u64, objects: &mut Vec<u64>) {
        let mut nodes = vec![address];
        while let Some(node) = nodes.pop() {
            let Some(at) = self.place(node) else {
                continue;
            };
            let (bytes, mark) = (self.bytes, self.bytes.get(at..at + 4));
            let number = |place: usize| long(bytes, place);
            let count = |place: usize| usize::from(short(bytes, place).unwrap_or(0));
            if mark == Some(b"TREE") {
                // A key stands before each child.
                let children = (0..count(at + 6)).map(|child| at + 32 + 16 * child);
                nodes.extend(children.filter_map(number));
            } else if mark == Some(b"SNOD") {
                let members = (0..count(at + 6)).map(|member| at + 16 + 40 * member);
                objects.extend(members.filter_map(number));
            }
        }
    }
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    let word = bytes.get(at..at.checked_add(2)?)?;
    word.first_chunk().copied().map(u16::from_le_bytes)
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let word = bytes.get(at..at.checked_add(4)?)?;
    word.first_chunk().copied().map(u32::from_le_bytes)
}

fn long(bytes: &[u8], at: usize) -> Option<u64> {
    let word = bytes.get(at..at.checked_add(8)?)?;
    word.first_chunk().copied().map(u64::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::written_anew;

    #[test]
    fn each_class_says_the_same_in_the_new_form() {
        let old = |class: u8, rest: &[u8]| [&[2, 2, class, 0, 0, 0, 0, 0], rest].concat();
        let address = [1, 2, 3, 4, 5, 6, 7, 8];
        let sides = [5, 0, 0, 0, 8, 0, 0, 0];
        let contiguous = old(1, &[&address[..], &sides].concat());
        let new = written_anew(&contiguous).unwrap();
        assert_eq!(new[..10], [&[3, 1][..], &address].concat());
        assert_eq!(new[10..], [40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        let new = written_anew(&old(2, &[&address[..], &sides].concat())).unwrap();
        assert_eq!(new[..19], [&[3, 2, 2][..], &address, &sides].concat());
        let new = written_anew(&old(0, &[&sides[..], &[3, 0, 0, 0, 7, 8, 9]].concat())).unwrap();
        assert_eq!(new[..7], [3, 0, 3, 0, 7, 8, 9]);
        for broken in [&contiguous[..20], &old(3, &address), &[], &old(0, &sides)] {
            assert_eq!(written_anew(broken), None);
        }
    }
}
