//! Sheets of images: blocks of labelled rows.

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::element::{Rectangle, Text};
use plotters::prelude::DrawingBackend;
use plotters::style::Color;
use plotters::style::text_anchor::{HPos, VPos};

use super::canvas::{Chart, Drawn, Placed};
use super::style::{GREY, INK, LIGHT, SMALL, TEXT, WIDTH, bold, letters};
use lab_score::record::Gallery;

/// Side of an image that sheets aim at, in pixels of the figure.
const TILE: usize = 112;
const GAP: u32 = 10;
const LABELS: u32 = 250;
const HEADING: u32 = 52;
const COLUMN_HEADING: u32 = 36;
const BETWEEN_BLOCKS: u32 = 26;

/// A sheet.
pub(super) struct Sheet {
    /// Width and height of an image in pixels of its own.
    size: (u32, u32),
    /// Pixels of the figure for one of an image, along each side.
    factor: u32,
    blocks: Vec<Block>,
}

/// Rows under one heading.
#[derive(Default)]
pub(super) struct Block {
    /// Heading of the block; it may be empty.
    pub(super) heading: String,
    /// Words over the columns; may be empty.
    pub(super) columns: Vec<String>,
    /// Rows of the block, from the top.
    pub(super) rows: Vec<Row>,
}

/// Images beside each other.
pub(super) struct Row {
    /// Words before the row; may be empty.
    pub(super) label: String,
    /// Grey values, image by image.
    pub(super) images: Vec<Vec<u8>>,
}

impl Row {
    /// Images of a gallery by index; those that it lacks are left out.
    pub(super) fn of(label: impl Into<String>, gallery: &Gallery, indices: &[usize]) -> Self {
        let images = indices
            .iter()
            .filter_map(|&idx| gallery.image(idx))
            .map(grey)
            .collect();
        Self {
            label: label.into(),
            images,
        }
    }
}

/// `[−1, 1]` to 0…255.
fn grey(pixels: &[f32]) -> Vec<u8> {
    pixels
        .iter()
        .map(|&pixel| ((pixel.clamp(-1.0, 1.0) + 1.0) * 127.5).round() as u8)
        .collect()
}

/// Images that fit beside each other after the labels.
pub(super) fn n_columns(gallery: &Gallery) -> usize {
    let tile = gallery.width as u32 * factor(gallery) + GAP;
    ((WIDTH - LABELS) / tile).max(1) as usize
}

/// Blocks of `n_rows` rows that fit on a page of the report.
pub(super) fn n_blocks(gallery: &Gallery, n_rows: usize) -> usize {
    const PAGE: u32 = 2050;
    let block = n_rows as u32 * (gallery.height as u32 * factor(gallery) + GAP)
        + COLUMN_HEADING
        + BETWEEN_BLOCKS;
    (PAGE / block).max(1) as usize
}

fn factor(gallery: &Gallery) -> u32 {
    (TILE / gallery.width.max(gallery.height).max(1)).max(1) as u32
}

impl Sheet {
    /// A sheet of images of the gallery's shape.
    pub(super) fn new(gallery: &Gallery, blocks: Vec<Block>) -> Self {
        Self {
            size: (gallery.width as u32, gallery.height as u32),
            factor: factor(gallery),
            blocks,
        }
    }

    /// The same with images of about `times` the side that sheets aim at.
    pub(super) fn enlarged(self, times: usize) -> Self {
        let side = self.size.0.max(self.size.1).max(1);
        Self {
            factor: (times as u32 * TILE as u32 / side).max(1),
            ..self
        }
    }

    fn tile(&self) -> (u32, u32) {
        (self.size.0 * self.factor, self.size.1 * self.factor)
    }

    fn x(&self, column: usize) -> u32 {
        LABELS + column as u32 * (self.tile().0 + GAP)
    }

    /// Upper edges of each block's heading, column headings and rows, and the end of it all.
    fn places(&self) -> (Vec<(u32, u32, Vec<u32>)>, u32) {
        let mut y = 4;
        let mut places = Vec::new();
        for block in &self.blocks {
            let heading = y;
            y += if block.heading.is_empty() { 0 } else { HEADING };
            let columns = y;
            y += if block.columns.is_empty() {
                0
            } else {
                COLUMN_HEADING
            };
            let rows = (0..block.rows.len())
                .map(|row| y + row as u32 * (self.tile().1 + GAP))
                .collect();
            y += block.rows.len() as u32 * (self.tile().1 + GAP) + BETWEEN_BLOCKS;
            places.push((heading, columns, rows));
        }
        (places, y.saturating_sub(BETWEEN_BLOCKS).max(1))
    }
}

impl Chart for Sheet {
    fn size(&self) -> (u32, u32) {
        let rows = self.blocks.iter().flat_map(|block| &block.rows);
        let n_columns = rows.map(|row| row.images.len()).max().unwrap_or(0);
        ((self.x(n_columns)).max(WIDTH), self.places().1)
    }

    fn draw<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>) -> Drawn<DB> {
        let (tile_width, tile_height) = (self.tile().0 as i32, self.tile().1 as i32);
        for (block, (heading, columns, rows)) in self.blocks.iter().zip(self.places().0) {
            let at = (LABELS as i32, heading as i32 + 4);
            area.draw(&Text::new(
                block.heading.clone(),
                at,
                bold(TEXT, INK, HPos::Left, VPos::Top),
            ))?;
            for (column, words) in block.columns.iter().enumerate() {
                let at = (
                    self.x(column) as i32 + tile_width / 2,
                    columns as i32 + COLUMN_HEADING as i32 / 2,
                );
                area.draw(&Text::new(
                    words.clone(),
                    at,
                    letters(SMALL - 3.0, GREY, HPos::Center, VPos::Center),
                ))?;
            }
            for (row, y) in block.rows.iter().zip(rows) {
                let at = (LABELS as i32 - 18, y as i32 + tile_height / 2);
                area.draw(&Text::new(
                    row.label.clone(),
                    at,
                    letters(SMALL, INK, HPos::Right, VPos::Center),
                ))?;
                for column in 0..row.images.len() {
                    let (x, y) = (self.x(column) as i32, y as i32);
                    let frame = [(x - 1, y - 1), (x + tile_width, y + tile_height)];
                    area.draw(&Rectangle::new(frame, LIGHT.stroke_width(1)))?;
                }
            }
        }
        Ok(())
    }

    fn images(&self) -> Vec<Placed> {
        let mut all = Vec::new();
        for (block, (_, _, rows)) in self.blocks.iter().zip(self.places().0) {
            for (row, y) in block.rows.iter().zip(rows) {
                all.extend(row.images.iter().enumerate().map(|(column, grey)| Placed {
                    at: (self.x(column), y),
                    size: self.size,
                    factor: self.factor,
                    grey: grey.clone(),
                }));
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::Sheet;
    use lab_score::record::Gallery;

    #[test]
    fn maps_are_enlarged_to_a_side_and_never_made_smaller() {
        let tile = |side: usize| {
            let gallery = Gallery {
                height: side,
                width: side,
                pixels: vec![0.0; side * side],
            };
            let sheet = || Sheet::new(&gallery, Vec::new());
            (sheet().tile().0, sheet().enlarged(4).tile().0)
        };
        assert_eq!(tile(28), (112, 448));
        assert_eq!(tile(64), (64, 448));
        assert_eq!(tile(256), (256, 256));
        assert_eq!(tile(500), (500, 500));
    }
}
