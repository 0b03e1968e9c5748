//! What colours mean, over a chart, in as many lines as the names need.

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::element::{Circle, Text};
use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{Color, RGBColor};

use super::canvas::Drawn;
use super::style::{INK, SMALL, WIDTH, letters};

/// Height of a line, in pixels.
const LINE: u32 = 50;
/// Width that a letter is taken to have, in pixels: a chart's height must be known before there is an area to ask.
const LETTER: i32 = 15;

/// Names with their colours.
pub(super) struct Legend<'a> {
    pub(super) entries: &'a [(String, RGBColor)],
    /// Where each line begins, in pixels from the left.
    pub(super) left: u32,
}

impl Legend<'_> {
    /// The line of each entry, and where in it the entry begins.
    fn places(&self) -> Vec<(u32, i32)> {
        let entries = self.entries.iter();
        let widths = entries.map(|(words, _)| 80 + LETTER * words.chars().count() as i32);
        lines(widths, self.left as i32, WIDTH as i32)
    }

    /// Height of all lines, in pixels; 0 without entries.
    pub(super) fn height(&self) -> u32 {
        let lines = self.places().into_iter();
        LINE * lines.map(|(line, _)| line + 1).max().unwrap_or(0)
    }

    pub(super) fn draw<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>) -> Drawn<DB> {
        let style = letters(SMALL, INK, HPos::Left, VPos::Center);
        for ((line, x), (words, color)) in self.places().into_iter().zip(self.entries) {
            let y = 22 + (LINE * line) as i32;
            area.draw(&Circle::new((x + 8, y), 10, color.filled()))?;
            area.draw(&Text::new(words.as_str(), (x + 28, y), style.clone()))?;
        }
        Ok(())
    }
}

/// The line of each entry, and where in it the entry begins: beside each other from `left` on, and on a new line where an entry
/// would reach beyond `right`.
pub(super) fn lines(
    widths: impl IntoIterator<Item = i32>,
    left: i32,
    right: i32,
) -> Vec<(u32, i32)> {
    let (mut line, mut x) = (0, left);
    let place = |width: i32| {
        if x > left && x + width > right {
            (line, x) = (line + 1, left);
        }
        let at = (line, x);
        x += width;
        at
    };
    widths.into_iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn entries_that_do_not_fit_begin_a_line() {
        assert_eq!(
            lines([40, 50, 20, 200, 10], 10, 110),
            [(0, 10), (0, 50), (1, 10), (2, 10), (3, 10)]
        );
        assert!(lines([], 10, 110).is_empty());
    }
}
