//! A copy of a library's file that nobody can change while it is used.
//!
//! The system maps a library's file into memory: whoever writes into that file, changes the code of a running program. So
//! what is loaded is a sealed copy in memory of the bytes that were checked and hashed.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};

/// What says that a library looks for others, or for files, beside its own file: a copy in memory has no neighbours. The
/// first is read by the system, the second is the name of the function that tells a library where it stands.
const BESIDE_ITSELF: [&[u8]; 2] = [b"$ORIGIN", b"\0dladdr\0"];

/// The path of a sealed copy, which stays as long as the program runs; `None` for a library that needs its place.
///
/// # Errors
/// Fails if the system has no such memory.
pub(super) fn copy(bytes: &[u8]) -> io::Result<Option<PathBuf>> {
    let holds = |word: &&[u8]| bytes.windows(word.len()).any(|part| part == *word);
    if BESIDE_ITSELF.iter().any(holds) {
        return Ok(None);
    }
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    let mut file = File::from(memfd_create("lab-plugin", flags)?);
    file.write_all(bytes)?;
    let all = SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL;
    fcntl_add_seals(&file, all)?;
    // The system knows libraries by their paths, so that the number in this one must not come again: the file stays open.
    let number = std::os::fd::IntoRawFd::into_raw_fd(file);
    Ok(Some(format!("/proc/self/fd/{number}").into()))
}

#[cfg(test)]
mod tests {
    use super::copy;

    #[test]
    fn a_copy_has_the_bytes_and_cannot_be_written() {
        let path = copy(b"some bytes").unwrap().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"some bytes");
        let written = std::fs::OpenOptions::new()
            .write(true)
            .open(&path)
            .and_then(|mut file| std::io::Write::write_all(&mut file, b"x"));
        assert!(written.is_err());
        assert_ne!(copy(b"some bytes").unwrap().unwrap(), path);
    }

    #[test]
    fn a_library_that_looks_beside_itself_stays_in_its_place() {
        assert_eq!(copy(b"RUNPATH $ORIGIN/../lib").unwrap(), None);
        assert_eq!(copy(b"malloc\0dladdr\0free\0").unwrap(), None);
    }
}
