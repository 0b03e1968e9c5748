//! Zip archives, as far as NumPy writes them: the directory, and where the bytes of each member lie.
//!
//! ```text
//! archive = (local header, bytes)* directory [64-bit end, its locator] end
//! ```
//! Source: PKWARE, *.ZIP File Format Specification* (APPNOTE), sections 4.3 and 4.5.3.

use std::ops::Range;

/// What the directory says of a member.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// Name of the member.
    pub(crate) name: String,
    /// 0 stored, 8 deflated.
    pub(crate) method: u16,
    /// Bytes in the archive.
    pub(crate) n_packed: u64,
    /// Size of the member when it is unpacked, in bytes.
    pub(crate) n_bytes: u64,
    /// Check sum of the unpacked bytes.
    pub(crate) crc: u32,
    /// Where its local header begins.
    place: u64,
}

/// Length of the record at the end, without its comment.
const END: usize = 22;
/// Longest comment behind that record.
const MAX_COMMENT: usize = 65_535;
/// Arrays that one file may hold; each is looked into when the file is opened.
const MAX_MEMBERS: usize = 65_536;

/// Members of an archive, in the order of its directory.
///
/// # Errors
/// Fails with what was found instead of an archive.
pub(crate) fn entries(bytes: &[u8]) -> Result<Vec<Entry>, String> {
    let (mut at, n_entries) = directory(bytes)?;
    let mut entries = Vec::new();
    for _ in 0..n_entries {
        let (entry, n_bytes) = entry(bytes, at).ok_or_else(|| {
            format!(
                "a directory that breaks off after {} members",
                entries.len()
            )
        })?;
        entries.push(entry?);
        at += n_bytes;
        if entries.len() > MAX_MEMBERS {
            return Err(format!("more than {MAX_MEMBERS} members"));
        }
    }
    Ok(entries)
}

/// The bytes of a member, packed as they are.
///
/// # Errors
/// Fails with what was found instead.
pub(crate) fn packed(bytes: &[u8], entry: &Entry) -> Result<Range<usize>, String> {
    let broken = || format!("no member at byte {}", entry.place);
    let header = usize::try_from(entry.place).map_err(|_| broken())?;
    if word(bytes, header) != Some(0x0403_4b50) {
        return Err(broken());
    }
    let lengths = short(bytes, add(header, 26)).zip(short(bytes, add(header, 28)));
    let (n_name, n_extra) = lengths.ok_or_else(broken)?;
    let start = add(header, 30 + usize::from(n_name) + usize::from(n_extra));
    let n_packed = usize::try_from(entry.n_packed).unwrap_or(usize::MAX);
    let end = add(start, n_packed);
    if end > bytes.len() {
        let left = bytes.len().saturating_sub(start);
        return Err(format!("{left} of its {n_packed} bytes"));
    }
    Ok(start..end)
}

/// Where the directory begins and how many members it lists.
fn directory(bytes: &[u8]) -> Result<(usize, u64), String> {
    let latest = bytes.len().checked_sub(END);
    let latest = latest.ok_or_else(|| format!("{} bytes", bytes.len()))?;
    let earliest = latest.saturating_sub(MAX_COMMENT);
    let end = (earliest..=latest)
        .rev()
        .find(|&at| word(bytes, at) == Some(0x0605_4b50))
        .ok_or("a file without a directory at its end")?;
    let breaks_off = || "a directory that breaks off".to_owned();
    let n_entries = short(bytes, end + 10).ok_or_else(breaks_off)?;
    let start = word(bytes, end + 16).ok_or_else(breaks_off)?;
    if n_entries != u16::MAX && start != u32::MAX {
        return Ok((start as usize, n_entries.into()));
    }
    let locator = end.checked_sub(20).ok_or_else(breaks_off)?;
    if word(bytes, locator) != Some(0x0706_4b50) {
        return Ok((start as usize, n_entries.into()));
    }
    let long_end = long(bytes, locator + 8).and_then(|at| usize::try_from(at).ok());
    let long_end = long_end.filter(|&at| word(bytes, at) == Some(0x0606_4b50));
    let long_end = long_end.ok_or_else(breaks_off)?;
    let n_entries = long(bytes, add(long_end, 32)).ok_or_else(breaks_off)?;
    let start = long(bytes, add(long_end, 48)).and_then(|at| usize::try_from(at).ok());
    Ok((start.ok_or_else(breaks_off)?, n_entries))
}

/// The directory's entry at `at` and its length; `None` if there is none.
fn entry(bytes: &[u8], at: usize) -> Option<(Result<Entry, String>, usize)> {
    if word(bytes, at)? != 0x0201_4b50 {
        return None;
    }
    let [n_name, n_extra, n_comment] =
        [28, 30, 32].map(|place| short(bytes, at + place).map(usize::from));
    let (n_name, n_extra, n_comment) = (n_name?, n_extra?, n_comment?);
    let name = bytes.get(at + 46..at + 46 + n_name)?;
    let extra = bytes.get(at + 46 + n_name..at + 46 + n_name + n_extra)?;
    let mut entry = Entry {
        name: String::from_utf8_lossy(name).into_owned(),
        method: short(bytes, at + 10)?,
        crc: word(bytes, at + 16)?,
        n_packed: word(bytes, at + 20)?.into(),
        n_bytes: word(bytes, at + 24)?.into(),
        place: word(bytes, at + 42)?.into(),
    };
    let encrypted = short(bytes, at + 8)? & 1 == 1;
    let long = long_fields(&mut entry, extra);
    let entry = if encrypted {
        Err(format!("'{}', which is encrypted", entry.name))
    } else {
        long.map(|()| entry)
    };
    Some((entry, 46 + n_name + n_extra + n_comment))
}

/// Takes 64-bit sizes from the extra field where the short ones are full.
fn long_fields(entry: &mut Entry, mut extra: &[u8]) -> Result<(), String> {
    const FULL: u64 = u32::MAX as u64;
    let wanted = [entry.n_bytes, entry.n_packed, entry.place].map(|field| field == FULL);
    if wanted == [false; 3] {
        return Ok(());
    }
    while let (Some(kind), Some(n)) = (short(extra, 0), short(extra, 2)) {
        let end = 4 + usize::from(n);
        let field = extra.get(4..end).unwrap_or_default();
        if kind == 1 {
            let fields = [&mut entry.n_bytes, &mut entry.n_packed, &mut entry.place];
            let full = fields.into_iter().zip(wanted).filter(|(_, full)| *full);
            for (idx, (target, _)) in full.enumerate() {
                *target = long(field, 8 * idx)
                    .ok_or_else(|| "a member without its 64-bit sizes".to_owned())?;
            }
            return Ok(());
        }
        extra = extra.get(end..).unwrap_or_default();
    }
    // A member of exactly 4 GiB − 1 needs no long fields.
    Ok(())
}

/// A sum that stays out of every file instead of wrapping round into one.
fn add(at: usize, n: usize) -> usize {
    at.saturating_add(n)
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.first_chunk().copied()
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    array(bytes, at).map(u16::from_le_bytes)
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_le_bytes)
}

fn long(bytes: &[u8], at: usize) -> Option<u64> {
    array(bytes, at).map(u64::from_le_bytes)
}
