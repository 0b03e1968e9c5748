//! The ways in which pickles write text and bytes.

use std::borrow::Cow;

/// How bytes of the file stand for text or bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As they are; text is UTF-8.
    Plain,
    /// As Python 2 prints a string: quoted, with escapes.
    Quoted,
    /// Latin-1 with `\u….` and `\U…….` for what it lacks.
    Escaped,
    /// Bytes as the code points of UTF-8 text.
    PointsOfPlain,
    /// Bytes as the code points of escaped text.
    PointsOfEscaped,
}

/// The bytes that a stretch stands for; those of text are UTF-8.
///
/// # Errors
/// Fails with what was found.
pub(crate) fn decode(bytes: &[u8], form: Form) -> Result<Cow<'_, [u8]>, String> {
    match form {
        Form::Plain => Ok(Cow::Borrowed(bytes)),
        Form::Quoted => unquote(bytes).map(Cow::Owned),
        Form::Escaped => Ok(Cow::Owned(unescape(bytes).collect::<String>().into_bytes())),
        Form::PointsOfPlain => {
            let text = std::str::from_utf8(bytes).map_err(|_| "text that is not UTF-8")?;
            points(text.chars()).map(Cow::Owned)
        }
        Form::PointsOfEscaped => points(unescape(bytes)).map(Cow::Owned),
    }
}

fn points(characters: impl Iterator<Item = char>) -> Result<Vec<u8>, String> {
    characters
        .map(|c| u8::try_from(u32::from(c)).map_err(|_| format!("'{c}' among bytes")))
        .collect()
}

/// Characters of Latin-1 text with escapes of four and eight digits.
fn unescape(bytes: &[u8]) -> impl Iterator<Item = char> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (&first, after) = rest.split_first()?;
        let n_digits = match (first, after.first()) {
            (b'\\', Some(b'u')) => 4,
            (b'\\', Some(b'U')) => 8,
            _ => 0,
        };
        let digits = after.get(1..=n_digits).filter(|_| n_digits > 0);
        let number = digits
            .and_then(|digits| u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        if let Some(number) = number {
            rest = &after[1 + n_digits..];
            Some(char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER))
        } else {
            rest = after;
            Some(char::from(first))
        }
    })
}

/// A string as Python 2 prints it.
fn unquote(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let ([b'\'', inside @ .., b'\''] | [b'"', inside @ .., b'"']) = bytes else {
        return Err("a string without its quotes".into());
    };
    let mut out = Vec::new();
    let mut rest = inside;
    while let Some((&first, after)) = rest.split_first() {
        let Some((&escape, behind)) = after.split_first().filter(|_| first == b'\\') else {
            out.push(first);
            rest = after;
            continue;
        };
        rest = behind;
        match escape {
            b'\n' => {}
            b'\\' | b'\'' | b'"' => out.push(escape),
            b'a' => out.push(7),
            b'b' => out.push(8),
            b't' => out.push(b'\t'),
            b'n' => out.push(b'\n'),
            b'v' => out.push(11),
            b'f' => out.push(12),
            b'r' => out.push(b'\r'),
            b'x' => {
                let digits = behind.get(..2).and_then(|d| std::str::from_utf8(d).ok());
                let byte = digits.and_then(|d| u8::from_str_radix(d, 16).ok());
                out.push(byte.ok_or("an escape without its two digits")?);
                rest = &behind[2..];
            }
            b'0'..=b'7' => {
                let n = after
                    .iter()
                    .take(3)
                    .take_while(|d| (b'0'..=b'7').contains(d));
                let n = n.count();
                let value = after[..n]
                    .iter()
                    .fold(0u16, |value, digit| 8 * value + u16::from(digit - b'0'));
                out.push(value as u8);
                rest = &after[n..];
            }
            other => out.extend([b'\\', other]),
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_that_of_python() {
        let cases: [(&[u8], Form, &[u8]); 6] = [
            (b"a\\n", Form::Plain, b"a\\n"),
            (
                br#"'\x00\xff\\ \'"\n\101\q'"#,
                Form::Quoted,
                b"\x00\xff\\ '\"\nA\\q",
            ),
            (
                b"gr\xfcn \\u2603 \\n",
                Form::Escaped,
                "grün ☃ \\n".as_bytes(),
            ),
            (b"\\U0001f600", Form::Escaped, "😀".as_bytes()),
            ("\0ÿ".as_bytes(), Form::PointsOfPlain, b"\x00\xff"),
            (b"\\u0000\xff", Form::PointsOfEscaped, b"\x00\xff"),
        ];
        for (bytes, form, expected) in cases {
            assert_eq!(decode(bytes, form).unwrap(), expected);
        }
    }

    #[test]
    fn what_cannot_be_is_refused() {
        assert!(decode("☃".as_bytes(), Form::PointsOfPlain).is_err());
        assert!(decode(b"\xff", Form::PointsOfPlain).is_err());
        for text in [&b""[..], b"'", b"'\\x1'", b"abc"] {
            assert!(decode(text, Form::Quoted).is_err());
        }
    }
}
