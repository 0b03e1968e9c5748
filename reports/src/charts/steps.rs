//! Scores along a few ordered steps, such as numbers of members: points with intervals, joined by lines, a panel an observer.

use plotters::chart::ChartBuilder;
use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::element::{Circle, PathElement, Rectangle, Text};
use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{Color, RGBColor, WHITE};

use super::canvas::{Chart, Drawn};
use super::style::{GREY, INK, LIGHT, SMALL, TEXT, WIDTH, bold, letters};

/// Height of a panel, of its heading and of a line of the legend, in pixels.
const PANEL: u32 = 470;
const HEADING: u32 = 56;
const LEGEND: u32 = 48;
/// Where the axes and the legend begin.
const LEFT: i32 = 150;
/// Width that a letter of the legend is taken to have, as no area is there to ask.
const LETTER: i32 = 15;
/// Between points of two series at one step, as a share of the distance of two steps.
const APART: f64 = 0.07;

/// Panels in two columns, under one legend.
pub(super) struct Steps {
    /// Words under the steps.
    pub(super) axis: String,
    /// The steps, from left to right.
    pub(super) steps: Vec<String>,
    /// Names and colours of the series and of the levels.
    pub(super) legend: Vec<(String, RGBColor)>,
    pub(super) panels: Vec<Panel>,
}

/// One observer.
pub(super) struct Panel {
    /// What the values are.
    pub(super) title: String,
    pub(super) series: Vec<Series>,
    /// Values that are the same at every step.
    pub(super) levels: Vec<(f64, RGBColor)>,
}

/// Points of one colour, one at most a step.
pub(super) struct Series {
    pub(super) color: RGBColor,
    pub(super) points: Vec<Point>,
}

/// A value at a step, and its interval.
pub(super) struct Point {
    pub(super) step: usize,
    pub(super) value: f64,
    pub(super) interval: Option<(f64, f64)>,
}

impl Steps {
    fn n_rows(&self) -> usize {
        self.panels.len().div_ceil(2)
    }

    /// The line of each entry of the legend, and where it begins.
    fn placed_legend(&self) -> Vec<(u32, i32)> {
        let (mut line, mut x) = (0, LEFT);
        let place = |(words, _): &(String, RGBColor)| {
            let width = 90 + LETTER * words.chars().count() as i32;
            if x > LEFT && x + width > WIDTH as i32 {
                (line, x) = (line + 1, LEFT);
            }
            let at = (line, x);
            x += width;
            at
        };
        self.legend.iter().map(place).collect()
    }

    fn legend_height(&self) -> u32 {
        let lines = self.placed_legend().into_iter();
        LEGEND * lines.map(|(line, _)| line + 1).max().unwrap_or(0)
    }

    fn draw_legend<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>) -> Drawn<DB> {
        for ((words, color), (line, x)) in self.legend.iter().zip(self.placed_legend()) {
            let y = (LEGEND * line + LEGEND / 2) as i32;
            area.draw(&Rectangle::new(
                [(x, y - 4), (x + 36, y + 4)],
                color.filled(),
            ))?;
            let style = letters(SMALL, INK, HPos::Left, VPos::Center);
            area.draw(&Text::new(words.clone(), (x + 48, y), style))?;
        }
        Ok(())
    }
}

impl Panel {
    /// A little more than all values, intervals and levels.
    fn bounds(&self) -> (f64, f64) {
        let points = self.series.iter().flat_map(|series| &series.points);
        let ends = points.flat_map(|point| {
            let (low, high) = point.interval.unwrap_or((point.value, point.value));
            [low, high, point.value]
        });
        let levels = self.levels.iter().map(|(value, _)| *value);
        let (low, high) = ends
            .chain(levels)
            .filter(|value| value.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
                (low.min(value), high.max(value))
            });
        if low > high {
            return (0.0, 1.0);
        }
        let margin = (0.06 * (high - low)).max(1e-3);
        (low - margin, high + margin)
    }

    fn draw<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>, of: &Steps) -> Drawn<DB> {
        let style = bold(TEXT, INK, HPos::Left, VPos::Center);
        let heading = Text::new(self.title.clone(), (LEFT, HEADING as i32 / 2), style);
        area.draw(&heading)?;
        let (low, high) = self.bounds();
        let right = of.steps.len() as f64 - 0.5;
        let mut builder = ChartBuilder::on(area);
        builder
            .margin_top(HEADING)
            .margin_right(30)
            .margin_left(10)
            .x_label_area_size(84)
            .y_label_area_size(130);
        let mut chart = builder.build_cartesian_2d(-0.5..right, low..high)?;
        let tick = |value: &f64| format!("{value:.2}");
        let named = |at: &f64| {
            let step = at.round();
            let is_step = (at - step).abs() < 1e-6 && step >= 0.0;
            let name = of.steps.get(step as usize).filter(|_| is_step);
            name.cloned().unwrap_or_default()
        };
        let mut mesh = chart.configure_mesh();
        mesh.disable_x_mesh()
            .x_labels(2 * of.steps.len() + 1)
            .y_labels(5)
            .x_label_formatter(&named)
            .y_label_formatter(&tick)
            .light_line_style(WHITE.mix(0.0))
            .bold_line_style(LIGHT.stroke_width(1))
            .axis_style(GREY.stroke_width(2))
            .x_desc(of.axis.clone());
        mesh.label_style(letters(SMALL - 3.0, INK, HPos::Center, VPos::Center));
        mesh.axis_desc_style(letters(SMALL, INK, HPos::Center, VPos::Center))
            .draw()?;
        for (value, color) in &self.levels {
            let ends = vec![(-0.5, *value), (right, *value)];
            chart.draw_series([PathElement::new(ends, color.stroke_width(3))])?;
        }
        let middle = (self.series.len() as f64 - 1.0) / 2.0;
        for (place, series) in self.series.iter().enumerate() {
            let x = |point: &Point| point.step as f64 + APART * (place as f64 - middle);
            let line: Vec<(f64, f64)> = series
                .points
                .iter()
                .map(|point| (x(point), point.value))
                .collect();
            chart.draw_series([PathElement::new(line, series.color.stroke_width(3))])?;
            let bars = series.points.iter().filter_map(|point| {
                let (low, high) = point.interval?;
                let ends = vec![(x(point), low), (x(point), high)];
                Some(PathElement::new(ends, series.color.stroke_width(3)))
            });
            chart.draw_series(bars)?;
            let dots = series
                .points
                .iter()
                .map(|point| Circle::new((x(point), point.value), 8, series.color.filled()));
            chart.draw_series(dots)?;
        }
        Ok(())
    }
}

impl Chart for Steps {
    fn size(&self) -> (u32, u32) {
        (WIDTH, self.legend_height() + self.n_rows() as u32 * PANEL)
    }

    fn draw<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>) -> Drawn<DB> {
        let (legend, panels) = area.split_vertically(self.legend_height());
        self.draw_legend(&legend)?;
        // One panel takes the whole width.
        let n_columns = self.panels.len().clamp(1, 2);
        let places = panels.split_evenly((self.n_rows(), n_columns));
        self.panels
            .iter()
            .zip(&places)
            .try_for_each(|(panel, place)| panel.draw(place, self))
    }
}
