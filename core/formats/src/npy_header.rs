//! The header of a `.npy` file: a literal of Python's, which is read and not run.

/// First bytes of every file.
pub const MAGIC: &[u8] = b"\x93NUMPY";
/// Headers of plain arrays have a few dozen bytes; NumPy itself refuses more than 10 000.
pub const MAX_HEADER: usize = 16 * 1024;
/// Axes that NumPy allows.
const MAX_AXES: usize = 64;

/// What a header says, as it is written.
pub(super) struct Written<'a> {
    /// The type of the elements.
    pub(super) descr: &'a str,
    pub(super) fortran: bool,
    pub(super) shape: Vec<usize>,
    /// Where the data begin.
    pub(super) offset: usize,
}

/// Reads a header without asking what its elements are.
///
/// # Errors
/// Fails with what was found instead.
pub(super) fn written(start: &[u8]) -> Result<Written<'_>, String> {
    if !start.starts_with(MAGIC) {
        return Err("a file that does not begin like one".into());
    }
    let (n_length, length) = match (start.get(6), start.get(8..10), start.get(8..12)) {
        (Some(1), Some(&[a, b]), _) => (2, usize::from(u16::from_le_bytes([a, b]))),
        (Some(2 | 3), _, Some(&[a, b, c, d])) => (4, u32::from_le_bytes([a, b, c, d]) as usize),
        (Some(version @ 4..), ..) => return Err(format!("format version {version}")),
        _ => return Err("a file that ends in its header".into()),
    };
    let offset = 8 + n_length + length;
    if offset > MAX_HEADER {
        return Err(format!("a header of {length} bytes"));
    }
    let text = start.get(8 + n_length..offset);
    let text = text.ok_or("a file that ends in its header")?;
    let text = std::str::from_utf8(text).map_err(|_| "a header that is no text")?;
    let (mut descr, mut fortran, mut shape) = (None, None, None);
    let mut rest = Literal(text);
    rest.expect('{')?;
    while !rest.follows('}') {
        let key = rest.string()?;
        rest.expect(':')?;
        match key {
            "descr" => descr = Some(rest.type_of_elements()?),
            "fortran_order" => fortran = Some(rest.truth()?),
            "shape" => shape = Some(rest.tuple()?),
            _ => return Err(format!("a header with '{key}'")),
        }
        if !rest.follows(',') {
            rest.expect('}')?;
            break;
        }
    }
    let (Some(descr), Some(fortran), Some(shape)) = (descr, fortran, shape) else {
        return Err("a header without descr, fortran_order or shape".into());
    };
    Ok(Written {
        descr,
        fortran,
        shape,
        offset,
    })
}

/// What is left of a Python literal.
struct Literal<'a>(&'a str);

impl<'a> Literal<'a> {
    fn follows(&mut self, wanted: char) -> bool {
        let rest = self.0.trim_start().strip_prefix(wanted);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn expect(&mut self, wanted: char) -> Result<(), String> {
        let found = self.follows(wanted);
        found.then_some(()).ok_or_else(|| self.surprise())
    }

    fn surprise(&self) -> String {
        let near: String = self.0.trim().chars().take(24).collect();
        format!("a header with '{near}' where it makes no sense")
    }

    fn string(&mut self) -> Result<&'a str, String> {
        let text = self.0.trim_start();
        let quote = text
            .chars()
            .next()
            .filter(|quote| ['\'', '"'].contains(quote));
        let quote = quote.ok_or_else(|| self.surprise())?;
        let (inside, rest) = text[1..].split_once(quote).ok_or_else(|| self.surprise())?;
        self.0 = rest;
        Ok(inside)
    }

    /// A type by its short form; of a table with named columns, the list of them as it is written.
    fn type_of_elements(&mut self) -> Result<&'a str, String> {
        let text = self.0.trim_start();
        if !text.starts_with('[') {
            return self.string();
        }
        let mut depth = 0usize;
        let end = text.find(|c: char| {
            match c {
                '[' | '(' => depth += 1,
                ']' | ')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0
        });
        let end = end.ok_or_else(|| self.surprise())? + 1;
        self.0 = &text[end..];
        Ok(&text[..end])
    }

    fn truth(&mut self) -> Result<bool, String> {
        let text = self.0.trim_start();
        for (word, value) in [("True", true), ("False", false)] {
            if let Some(rest) = text.strip_prefix(word) {
                self.0 = rest;
                return Ok(value);
            }
        }
        Err(self.surprise())
    }

    fn tuple(&mut self) -> Result<Vec<usize>, String> {
        self.expect('(')?;
        let mut values = Vec::new();
        while !self.follows(')') {
            let text = self.0.trim_start();
            let end = text.find(|c: char| !c.is_ascii_digit());
            let (digits, rest) = text.split_at(end.unwrap_or(text.len()));
            values.push(digits.parse().map_err(|_| self.surprise())?);
            // Python 2 marked long numbers with an L.
            self.0 = rest.strip_prefix('L').unwrap_or(rest);
            if values.len() > MAX_AXES {
                return Err(format!("more than {MAX_AXES} axes"));
            }
            if !self.follows(',') {
                self.expect(')')?;
                break;
            }
        }
        Ok(values)
    }
}
