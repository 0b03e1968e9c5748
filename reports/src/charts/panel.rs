//! A panel of a figure: its heading, and how its axes look.

use plotters::chart::MeshStyle;
use plotters::coord::Shift;
use plotters::coord::ranged1d::Ranged;
use plotters::drawing::DrawingArea;
use plotters::element::Text;
use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{Color, WHITE};

use super::canvas::Drawn;
use super::style::{GREY, INK, LIGHT, SMALL, TEXT, bold, letters};

/// Draws a heading, whose left edge and middle stand at a place in pixels.
pub(super) fn heading<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    words: impl Into<String>,
    at: (i32, i32),
) -> Drawn<DB> {
    let style = bold(TEXT, INK, HPos::Left, VPos::Center);
    area.draw(&Text::new(words.into(), at, style))
}

/// Gives axes their guides, lines and letters.
pub(super) fn plain<X: Ranged, Y: Ranged, DB: DrawingBackend>(
    mesh: &mut MeshStyle<'_, '_, X, Y, DB>,
) {
    mesh.light_line_style(WHITE.mix(0.0))
        .bold_line_style(LIGHT.stroke_width(1))
        .axis_style(GREY.stroke_width(2))
        .label_style(letters(SMALL, INK, HPos::Center, VPos::Center))
        .axis_desc_style(letters(SMALL, INK, HPos::Center, VPos::Center));
}
