//! ZIP archives of files that are stored as they are.
//!
//! Source: PKWARE, APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16.

use std::collections::BTreeMap;

use crate::pictures::crc32;

/// 1 January 1980: archives of the same files are the same bytes.
const DATE: u16 = 0x0021;
/// Names are UTF-8.
const UTF8: u16 = 1 << 11;

/// An archive of files by their names.
pub(crate) fn archive(files: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in files {
        let offset = archive.len() as u32;
        let entry = entry(name, bytes);
        archive.extend(b"PK\x03\x04");
        archive.extend(&entry);
        archive.extend(name.as_bytes());
        archive.extend(bytes);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&entry);
        // Comment, disk, attributes: none.
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (n_files, offset) = (files.len() as u16, archive.len() as u32);
    archive.extend(&directory);
    archive.extend(b"PK\x05\x06\x00\x00\x00\x00");
    archive.extend([n_files.to_le_bytes(), n_files.to_le_bytes()].concat());
    archive.extend((directory.len() as u32).to_le_bytes());
    archive.extend(offset.to_le_bytes());
    archive.extend([0; 2]);
    archive
}

/// What the head of a file and its place in the directory have in common.
fn entry(name: &str, bytes: &[u8]) -> Vec<u8> {
    let size = (bytes.len() as u32).to_le_bytes();
    let mut entry = Vec::new();
    for field in [20, UTF8, 0, 0, DATE] {
        entry.extend(u16::to_le_bytes(field));
    }
    entry.extend(crc32(bytes).to_le_bytes());
    entry.extend(size);
    entry.extend(size);
    entry.extend((name.len() as u16).to_le_bytes());
    entry.extend([0; 2]);
    entry
}
