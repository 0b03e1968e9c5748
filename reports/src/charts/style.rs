//! Letters and colours of the figures.

use std::sync::OnceLock;

use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, RGBColor, TextStyle, register_font};

use crate::{Error, Result};

/// Width of a chart in pixels; it is set to the width of the report's text, so that letters of 30 pixels become 8 points.
pub(super) const WIDTH: u32 = 1600;
/// Height of ordinary letters.
pub(super) const TEXT: f64 = 36.0;
/// Height of small letters.
pub(super) const SMALL: f64 = 31.0;

/// The report's font, with what a viewer without it may take.
const FAMILY: &str = "Libertinus Serif, Georgia, serif";

// Okabe & Ito (2008): told apart with any kind of colour vision.
/// Blue: the experiment's result.
pub(super) const BLUE: RGBColor = RGBColor(0, 114, 178);
/// Vermilion.
pub(super) const VERMILION: RGBColor = RGBColor(213, 94, 0);
/// Green: ceilings.
pub(super) const GREEN: RGBColor = RGBColor(0, 158, 115);
/// Orange.
pub(super) const ORANGE: RGBColor = RGBColor(230, 159, 0);
/// Purple: single subjects.
pub(super) const PURPLE: RGBColor = RGBColor(204, 121, 167);
/// Sky blue.
pub(super) const SKY: RGBColor = RGBColor(86, 180, 233);
/// Grey: baselines, and everything that is not data.
pub(super) const GREY: RGBColor = RGBColor(110, 110, 110);
/// Light grey: guides.
pub(super) const LIGHT: RGBColor = RGBColor(215, 215, 215);
/// Colour of letters and lines.
pub(super) const INK: RGBColor = RGBColor(30, 30, 30);

/// Colours of curves, in order.
pub(super) const CYCLE: [RGBColor; 6] = [BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY];

/// Makes the fonts known to Plotters; those of typst serve, so that no font of the system is needed.
pub(super) fn register_fonts(chart: &str) -> Result<()> {
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    let registered = REGISTERED.get_or_init(|| {
        let mut fonts = typst_assets::fonts();
        let mut register = |style| {
            fonts
                .next()
                .is_some_and(|bytes| register_font(FAMILY, style, bytes).is_ok())
        };
        // The order of typst's fonts: Libertinus Serif regular, then bold.
        register(FontStyle::Normal) && register(FontStyle::Bold)
    });
    if *registered {
        return Ok(());
    }
    Err(Error::Chart {
        chart: chart.into(),
        message: "the built-in font cannot be read".into(),
    })
}

/// Letters of a height and colour, anchored at a point.
pub(super) fn letters(
    height: f64,
    color: RGBColor,
    h_pos: HPos,
    v_pos: VPos,
) -> TextStyle<'static> {
    let font = FontDesc::new(FontFamily::Name(FAMILY), height, FontStyle::Normal);
    TextStyle {
        font,
        color: color.to_backend_color(),
        pos: Pos::new(h_pos, v_pos),
    }
}

/// The same text style in bold.
pub(super) fn bold(height: f64, color: RGBColor, h_pos: HPos, v_pos: VPos) -> TextStyle<'static> {
    let font = FontDesc::new(FontFamily::Name(FAMILY), height, FontStyle::Bold);
    TextStyle {
        font,
        color: color.to_backend_color(),
        pos: Pos::new(h_pos, v_pos),
    }
}
