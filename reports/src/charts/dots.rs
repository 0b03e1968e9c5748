//! Dots with intervals on a line, one labelled row each: scores that end at 1, or differences around zero.

use plotters::chart::ChartBuilder;
use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::element::{Circle, PathElement, Polygon, Rectangle, Text};
use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{Color, RGBColor, WHITE};

use super::canvas::{Chart, Drawn};
use super::legend::Legend;
use super::style::{GREY, INK, LIGHT, SMALL, TEXT, WIDTH, letters};

const ROW: u32 = 62;
const ABOVE: u32 = 60;
const AXIS: u32 = 96;
/// Between the dots of one row.
const STEP: i32 = 22;
/// Length of the arrow at the end of a bar that goes on beyond the axis.
const ARROW: i32 = 16;
const LABELS: u32 = 470;
const VALUES: u32 = 300;

/// A chart of dots.
pub(super) struct Dots {
    /// Words under the axis.
    pub(super) axis: String,
    /// A value that all rows share, with its words, such as that of guessing.
    pub(super) marked: Option<(f64, String)>,
    /// Ends of the axis; those of a share or a correlation if it is not given.
    pub(super) ends: Option<(f64, f64)>,
    /// Rows of the chart, from the top.
    pub(super) rows: Vec<DotRow>,
    /// Meaning of colours; may be empty.
    pub(super) legend: Vec<(String, RGBColor)>,
}

/// One row of the chart.
pub(super) struct DotRow {
    pub(super) label: String,
    pub(super) dots: Vec<Dot>,
}

/// One dot of a row.
pub(super) struct Dot {
    pub(super) value: f64,
    pub(super) interval: Option<(f64, f64)>,
    pub(super) color: RGBColor,
}

/// The value of guessing, with its words.
pub(super) fn chance_words(chance: f64) -> (f64, String) {
    (chance, format!("chance {chance:.2}"))
}

/// Behind the axis' end, so that a dot there is whole.
const BEHIND: f64 = 0.015;

impl Dots {
    /// Where the axis begins: a little below the lowest of dots, intervals and chance, at a tenth, so that values near 1 are
    /// not pressed against its end.
    fn low(&self) -> f64 {
        let dots = self.rows.iter().flat_map(|row| &row.dots);
        let lows = dots.map(|dot| {
            dot.interval
                .map_or(dot.value, |(low, _)| low.min(dot.value))
        });
        let marked = self.marked.iter().map(|(value, _)| *value);
        let low = lows.chain(marked).fold(1.0, f64::min);
        ((low - 0.02) * 10.0).floor().clamp(0.0, 9.0) / 10.0
    }

    /// Height of a row: its dots, and a gap that keeps them apart from the next row's.
    fn row(&self) -> u32 {
        let n_dots = self
            .rows
            .iter()
            .map(|row| row.dots.len())
            .max()
            .unwrap_or(1);
        ROW.max(n_dots as u32 * STEP as u32 + 34)
    }

    fn legend(&self) -> Legend<'_> {
        Legend {
            entries: &self.legend,
            left: LABELS,
        }
    }

    fn above(&self) -> u32 {
        ABOVE + self.legend().height()
    }
}

impl Chart for Dots {
    fn size(&self) -> (u32, u32) {
        (
            WIDTH,
            self.above() + self.rows.len() as u32 * self.row() + AXIS,
        )
    }

    fn draw<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>) -> Drawn<DB> {
        self.legend().draw(area)?;
        let n_rows = self.rows.len() as f64;
        let mut builder = ChartBuilder::on(area);
        builder
            .margin_left(LABELS)
            .margin_right(VALUES)
            .margin_top(self.above())
            .x_label_area_size(AXIS);
        let (low, high) = self.ends.unwrap_or((self.low(), 1.0));
        let behind = high + BEHIND * if self.ends.is_some() { high - low } else { 1.0 };
        let mut chart = builder.build_cartesian_2d(low..behind, n_rows..0.0)?;
        let style = letters(SMALL, INK, HPos::Center, VPos::Top);
        let digits = if self.ends.is_some() || high - low < 0.3 {
            2
        } else {
            1
        };
        let tick = |value: &f64| {
            // Steps of a sum may end at a zero that is below zero.
            let value = if value.abs() < 1e-9 { 0.0 } else { *value };
            format!("{value:.digits$}").replace('-', "−")
        };
        let mut mesh = chart.configure_mesh();
        mesh.disable_y_mesh()
            .disable_y_axis()
            .x_labels(11)
            .x_label_formatter(&tick)
            .light_line_style(WHITE.mix(0.0));
        mesh.bold_line_style(LIGHT.stroke_width(1))
            .axis_style(GREY.stroke_width(2))
            .label_style(style);
        mesh.x_desc(self.axis.clone())
            .axis_desc_style(letters(TEXT, INK, HPos::Center, VPos::Center))
            .draw()?;
        if let Some((value, words)) = &self.marked {
            chart.draw_series([PathElement::new(
                [(*value, 0.0), (*value, n_rows)],
                INK.stroke_width(3),
            )])?;
            let (x, y) = chart.backend_coord(&(*value, 0.0));
            area.draw(&Text::new(
                words.as_str(),
                (x, y - 24),
                letters(SMALL, INK, HPos::Center, VPos::Center),
            ))?;
        }
        for (place, row) in self.rows.iter().enumerate() {
            let (_, middle) = chart.backend_coord(&(low, place as f64 + 0.5));
            let at = (LABELS as i32 - 24, middle);
            area.draw(&Text::new(
                row.label.clone(),
                at,
                letters(SMALL, INK, HPos::Right, VPos::Center),
            ))?;
            let first = middle - STEP * (row.dots.len() as i32 - 1) / 2;
            for (order, dot) in row.dots.iter().enumerate() {
                let y = first + STEP * order as i32;
                let x = |value: f64| chart.backend_coord(&(value.clamp(low, high), 0.0)).0;
                if let Some(interval) = dot.interval {
                    area.draw(&Rectangle::new(
                        [(x(interval.0), y - 3), (x(interval.1), y + 3)],
                        dot.color.mix(0.55).filled(),
                    ))?;
                    // A bar that goes on beyond the axis ends in an arrow.
                    for (is_cut, end, way) in [
                        (interval.0 < low, low, -1),
                        (interval.1 > high + 1e-9, high, 1),
                    ] {
                        if is_cut {
                            let tip = x(end) + way * ARROW;
                            let foot = [(x(end), y - 9), (tip, y), (x(end), y + 9)];
                            area.draw(&Polygon::new(foot.to_vec(), dot.color.filled()))?;
                        }
                    }
                }
                area.draw(&Circle::new((x(dot.value), y), 10, dot.color.filled()))?;
            }
            if let [dot] = row.dots.as_slice() {
                let signed = self.ends.is_some();
                let figure = |value: f64, digits: usize| {
                    let sign = if signed && value > 0.0 { "+" } else { "" };
                    format!("{sign}{value:.digits$}").replace('-', "−")
                };
                let interval = dot.interval.map_or(String::new(), |(low, high)| {
                    format!("  [{}, {}]", figure(low, 2), figure(high, 2))
                });
                let at = ((WIDTH - VALUES) as i32 + 26, middle);
                area.draw(&Text::new(
                    figure(dot.value, 3) + &interval,
                    at,
                    letters(SMALL, INK, HPos::Left, VPos::Center),
                ))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Dot, DotRow, Dots, chance_words};
    use crate::charts::style::BLUE;

    #[test]
    fn the_axis_begins_below_everything_that_it_shows() {
        let low = |chance: Option<f64>, dots: &[(f64, Option<(f64, f64)>)]| {
            let dot = |&(value, interval): &(f64, _)| Dot {
                value,
                interval,
                color: BLUE,
            };
            let row = DotRow {
                label: String::new(),
                dots: dots.iter().map(dot).collect(),
            };
            let axis = String::new();
            Dots {
                axis,
                marked: chance.map(chance_words),
                ends: None,
                rows: vec![row],
                legend: Vec::new(),
            }
            .low()
        };
        let close = |one: f64, two: f64| (one - two).abs() < 1e-12;
        assert!(close(
            low(Some(0.5), &[(0.99, Some((0.97, 1.0))), (0.98, None)]),
            0.4
        ));
        assert!(close(low(None, &[(0.99, Some((0.97, 1.0)))]), 0.9));
        assert!(close(low(Some(0.05), &[(0.9, None)]), 0.0));
        assert!(close(low(Some(0.5), &[(0.33, Some((0.1, 0.6)))]), 0.0));
        assert!(close(low(None, &[]), 0.9));
    }
}
