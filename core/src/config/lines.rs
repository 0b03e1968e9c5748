//! Lines and columns of the bytes of a text, found without counting from its beginning each time.

/// Bytes between two marks.
const BLOCK: usize = 1024;

/// Where the lines of a text begin, and the letters before every block of it.
#[derive(Debug)]
pub(super) struct Lines {
    /// The first byte of each line.
    starts: Vec<usize>,
    /// Letters before each block.
    letters: Vec<usize>,
}

impl Lines {
    /// Reads a text once.
    pub(super) fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        let starts = std::iter::once(0).chain(ends.map(|(at, _)| at + 1));
        let mut letters = vec![0];
        for block in bytes.chunks(BLOCK) {
            letters.push(letters[letters.len() - 1] + count(block));
        }
        Self {
            starts: starts.collect(),
            letters,
        }
    }

    /// Line and column of a byte of that same text, from 1; columns are letters.
    pub(super) fn place(&self, text: &str, offset: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self.starts[line - 1];
        let before = |offset: usize| {
            let block = offset / BLOCK;
            self.letters[block] + count(&text.as_bytes()[block * BLOCK..offset])
        };
        (line, before(offset) - before(start) + 1)
    }
}

/// Letters that begin in these bytes of a text.
fn count(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| *byte & 0xc0 != 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::Lines;

    #[test]
    fn places_are_those_that_counting_gives() {
        let text = "(ä: \"ü\",\n\n  b: [1, 2],\r\n) // é\n".repeat(200) + &"ß".repeat(3000);
        let lines = Lines::of(&text);
        for (offset, _) in text.char_indices().chain([(text.len(), ' ')]) {
            let before = &text[..offset];
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
            assert_eq!(lines.place(&text, offset), (line, column), "{offset}");
        }
        assert_eq!(Lines::of("").place("", 0), (1, 1));
    }
}
