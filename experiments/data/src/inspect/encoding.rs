//! Texts in other encodings than UTF-8, which would pass for damaged files of MATLAB.

use std::io::Read;
use std::path::Path;

use lab_core::{Error, Result};
use lab_formats::{file_error, regular};

/// Bytes that are looked at.
const LOOKED_AT: u64 = 4096;

/// What a file is that is no text in UTF-8, if it is a text in another encoding.
pub(super) fn complaint(path: &Path) -> Result<Option<Error>> {
    let mut start = Vec::new();
    let file = regular::open(path)?;
    file.take(LOOKED_AT)
        .read_to_end(&mut start)
        .map_err(Error::io("reading", path))?;
    Ok(encoding(&start).map(|got| {
        file_error(
            path,
            "",
            "text in UTF-8",
            got,
            "save it as UTF-8; spreadsheets call it \"CSV UTF-8\"",
        )
    }))
}

/// A text of the western encodings has no control characters but those that end lines and cells; MATLAB's header has some.
fn encoding(start: &[u8]) -> Option<&'static str> {
    let is_plain = |&byte: &u8| byte >= b' ' && byte != 0x7f || b"\t\n\r".contains(&byte);
    match start {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("text in UTF-16"),
        [] => Some("an empty file"),
        _ if start.iter().all(is_plain) => Some("text in another encoding, such as Latin-1"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::encoding;

    #[test]
    fn texts_and_other_bytes_are_told_apart() {
        assert_eq!(encoding(b"\xff\xfea\0"), Some("text in UTF-16"));
        assert!(
            encoding(
                "B\u{e4}ume;1\r\n"
                    .chars()
                    .map(|c| c as u8)
                    .collect::<Vec<_>>()
                    .as_slice()
            )
            .is_some()
        );
        assert_eq!(encoding(b"MATLAB 5.0\0\0\0\x01IM"), None);
        assert_eq!(encoding(&[7; 64]), None);
    }
}
