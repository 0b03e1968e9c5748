//! Whether a file of a picture is whole, and whether it holds one picture.
//!
//! Decoders fill the missing part of a cut JPEG with grey and show the first of several pictures: both would pass for a
//! stimulus. Only marks of the containers are looked at here; the pixels are the decoder's business.

/// What is wrong with the bytes of a picture, in words; `None` if nothing is or the format is another.
pub(crate) fn complaint(bytes: &[u8]) -> Option<&'static str> {
    const CUT: &str = "a file whose end is missing";
    const SEVERAL: &str = "several pictures in one file";
    let said = |n_pictures: Option<usize>| match n_pictures {
        None => Some(CUT),
        Some(n) => (n > 1).then_some(SEVERAL),
    };
    if bytes.starts_with(b"\xff\xd8") {
        said(jpeg(bytes))
    } else if bytes.starts_with(b"GIF8") {
        said(gif(bytes))
    } else if bytes.starts_with(b"RIFF") {
        said(webp(bytes))
    } else if bytes.starts_with(b"\x89PNG") {
        said(png(bytes))
    } else if bytes.starts_with(b"II*\0") || bytes.starts_with(b"MM\0*") {
        said(tiff(bytes))
    } else {
        None
    }
}

/// One picture if its end is marked. Marks inside of thumbnails, which lie in segments before the scan, do not count.
fn jpeg(bytes: &[u8]) -> Option<usize> {
    const START_OF_SCAN: u8 = 0xda;
    let mut at = 2;
    loop {
        let &[0xff, mark] = bytes.get(at..at + 2)? else {
            // No segment: the decoder says what is wrong.
            return Some(1);
        };
        if mark == 0xff {
            at += 1;
            continue;
        }
        let length = usize::from(u16::from_be_bytes(*bytes.get(at + 2..)?.first_chunk()?));
        if mark == START_OF_SCAN {
            // Within a scan, 0xff is followed by 0 or by the number of a restart.
            let scan = bytes.get(at + 2..)?;
            return scan.windows(2).any(|two| two == [0xff, 0xd9]).then_some(1);
        }
        at += 2 + length;
    }
}

fn gif(bytes: &[u8]) -> Option<usize> {
    let colours = |flags: u8| match flags & 0x80 {
        0 => 0,
        _ => 3 << ((flags & 7) + 1),
    };
    let mut at = 13 + colours(*bytes.get(10)?);
    let mut n_pictures = 0;
    loop {
        match *bytes.get(at)? {
            0x21 => at = after_blocks(bytes, at + 2)?,
            0x2c => {
                n_pictures += 1;
                let local = colours(*bytes.get(at + 9)?);
                at = after_blocks(bytes, at + 11 + local)?;
            }
            // The end (0x3b), or no block: the decoder says what is wrong.
            _ => return Some(n_pictures),
        }
    }
}

/// The place after blocks that each begin with their length; the last has none.
fn after_blocks(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match *bytes.get(at)? {
            0 => return Some(at + 1),
            n => at += 1 + usize::from(n),
        }
    }
}

fn webp(bytes: &[u8]) -> Option<usize> {
    const ANIMATION: u8 = 2;
    let length = u32::from_le_bytes(*bytes.get(4..)?.first_chunk()?) as usize;
    // The last chunk may lack the byte that makes its length even.
    if bytes.len() + 1 < length.checked_add(8)? {
        return None;
    }
    let extended = bytes.get(12..16) == Some(b"VP8X");
    let moves = extended && bytes.get(20)? & ANIMATION != 0;
    Some(if moves { 2 } else { 1 })
}

fn png(bytes: &[u8]) -> Option<usize> {
    let mut at: usize = 8;
    loop {
        let length = u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?) as usize;
        let body = at + 8;
        match bytes.get(at + 4..body)? {
            b"acTL" => {
                let n_frames = u32::from_be_bytes(*bytes.get(body..)?.first_chunk()?);
                return Some(n_frames as usize);
            }
            // Its check sum is the last of the file.
            b"IEND" => return (bytes.len() >= body + 4).then_some(1),
            _ => at = body.checked_add(length)?.checked_add(4)?,
        }
    }
}

fn tiff(bytes: &[u8]) -> Option<usize> {
    const ENTRY: usize = 12;
    let little = bytes.starts_with(b"II");
    let word = |at: usize| {
        let bytes = *bytes.get(at..)?.first_chunk()?;
        Some(if little {
            u32::from_le_bytes(bytes)
        } else {
            u32::from_be_bytes(bytes)
        } as usize)
    };
    let first = word(4)?;
    let short = *bytes.get(first..)?.first_chunk()?;
    let n_entries = usize::from(if little {
        u16::from_le_bytes(short)
    } else {
        u16::from_be_bytes(short)
    });
    let next = word(first + 2 + n_entries * ENTRY)?;
    Some(if next == 0 { 1 } else { 2 })
}
