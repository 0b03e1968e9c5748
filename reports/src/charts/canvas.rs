//! A figure in both formats: one description, drawn as SVG and as PNG.
//!
//! Plotters draws lines and letters; images are laid on afterwards, so that their pixels stay whole: in the PNG every pixel
//! becomes a square, in the SVG it is an embedded PNG that viewers are asked not to smooth.

use std::fmt::Write as _;
use std::path::Path;

use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::prelude::{BitMapBackend, DrawingBackend, SVGBackend};
use plotters::style::WHITE;

use super::Figure;
use super::base64::base64;
use super::style;
use crate::{Error, Result};

/// Outcome of drawing on a backend.
pub(super) type Drawn<DB, T = ()> =
    std::result::Result<T, DrawingAreaErrorKind<<DB as DrawingBackend>::ErrorType>>;

/// What can be drawn.
pub(super) trait Chart {
    /// Width and height in pixels.
    fn size(&self) -> (u32, u32);

    /// Draws the chart's lines and letters.
    fn draw<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>) -> Drawn<DB>;

    /// Images on top of them.
    fn images(&self) -> Vec<Placed> {
        Vec::new()
    }
}

/// A grey image at its place.
pub(super) struct Placed {
    /// Left and upper edge in pixels of the figure.
    pub(super) at: (u32, u32),
    /// Width and height in pixels of its own.
    pub(super) size: (u32, u32),
    /// Pixels of the figure for each of its own, along each side.
    pub(super) factor: u32,
    /// Grey values from 0 to 255, row by row.
    pub(super) grey: Vec<u8>,
}

/// Words of a figure.
pub(super) struct Words {
    pub(super) name: &'static str,
    pub(super) title: String,
    pub(super) caption: String,
}

/// Draws a chart into `folder`, as `NAME.svg` and `NAME.png`.
pub(super) fn render(chart: &impl Chart, words: Words, folder: &Path) -> Result<Figure> {
    style::register_fonts(words.name)?;
    let (svg, png) = (
        folder.join(format!("{}.svg", words.name)),
        folder.join(format!("{}.png", words.name)),
    );
    let images = chart.images();
    save(&svg, svg_of(chart, &images, words.name)?.as_bytes())?;
    save(&png, &png_of(chart, &images, words.name)?)?;
    Ok(Figure {
        name: words.name.into(),
        title: words.title,
        caption: words.caption,
        size: chart.size(),
        svg,
        png,
    })
}

fn svg_of(chart: &impl Chart, images: &[Placed], name: &str) -> Result<String> {
    let mut text = String::new();
    let area = SVGBackend::with_string(&mut text, chart.size()).into_drawing_area();
    area.fill(&WHITE)
        .and_then(|()| chart.draw(&area))
        .and_then(|()| area.present())
        .map_err(chart_error(name))?;
    drop(area);
    let mut embedded = String::new();
    for placed in images {
        let png = encode(&placed.grey, placed.size, ExtendedColorType::L8, name)?;
        let ((x, y), width, height) = (
            placed.at,
            placed.size.0 * placed.factor,
            placed.size.1 * placed.factor,
        );
        let place = format!(r#"x="{x}" y="{y}" width="{width}" height="{height}""#);
        let data = base64(&png);
        let _ = writeln!(
            embedded,
            r#"<image {place} style="image-rendering:pixelated" href="data:image/png;base64,{data}"/>"#
        );
    }
    let end = text.rfind("</svg>").unwrap_or(text.len());
    text.insert_str(end, &embedded);
    Ok(text)
}

fn png_of(chart: &impl Chart, images: &[Placed], name: &str) -> Result<Vec<u8>> {
    let (width, height) = chart.size();
    let mut pixels = vec![255; (width * height * 3) as usize];
    {
        let area = BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area();
        area.fill(&WHITE)
            .and_then(|()| chart.draw(&area))
            .and_then(|()| area.present())
            .map_err(chart_error(name))?;
    }
    for placed in images {
        lay(placed, &mut pixels, width);
    }
    encode(&pixels, (width, height), ExtendedColorType::Rgb8, name)
}

/// Copies an image into the figure, each of its pixels as a square.
fn lay(placed: &Placed, pixels: &mut [u8], figure_width: u32) {
    let (width, height) = (placed.size.0 * placed.factor, placed.size.1 * placed.factor);
    for (row, column) in (0..height).flat_map(|row| (0..width).map(move |column| (row, column))) {
        let from = (row / placed.factor * placed.size.0 + column / placed.factor) as usize;
        let to = 3 * ((placed.at.1 + row) * figure_width + placed.at.0 + column) as usize;
        if let (Some(&grey), Some(pixel)) = (placed.grey.get(from), pixels.get_mut(to..to + 3)) {
            pixel.fill(grey);
        }
    }
}

fn encode(
    pixels: &[u8],
    (width, height): (u32, u32),
    color: ExtendedColorType,
    name: &str,
) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    PngEncoder::new(&mut bytes)
        .write_image(pixels, width, height, color)
        .map_err(chart_error(name))?;
    Ok(bytes)
}

fn save(path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(path, bytes).map_err(Error::io("writing", path))
}

fn chart_error<E: std::fmt::Display>(name: &str) -> impl FnOnce(E) -> Error {
    let chart = name.to_owned();
    move |error| Error::Chart {
        chart,
        message: error.to_string(),
    }
}
