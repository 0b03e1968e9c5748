//! Scores along a few ordered steps, such as numbers of members: points with intervals, joined by lines, a panel an observer.

use plotters::chart::ChartBuilder;
use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::element::{Circle, PathElement};
use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{Color, RGBColor};

use super::canvas::{Chart, Drawn};
use super::legend::Legend;
use super::panel::{heading, plain};
use super::style::{INK, SMALL, WIDTH, letters};

/// Height of a panel and of its heading, in pixels.
const PANEL: u32 = 470;
const HEADING: u32 = 56;
/// Where the axes and the legend begin.
const LEFT: i32 = 150;
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

/// The values of one observer, which has axes of its own.
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

    fn legend(&self) -> Legend<'_> {
        Legend {
            entries: &self.legend,
            left: LEFT as u32,
        }
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
        heading(area, self.title.clone(), (LEFT, HEADING as i32 / 2))?;
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
        // Enough digits that neighbouring marks differ.
        let digits = if high - low < 0.06 { 3 } else { 2 };
        let tick = |value: &f64| format!("{value:.digits$}");
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
            .y_label_formatter(&tick);
        plain(&mut mesh);
        mesh.x_desc(of.axis.clone())
            .label_style(letters(SMALL - 3.0, INK, HPos::Center, VPos::Center))
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
        (WIDTH, self.legend().height() + self.n_rows() as u32 * PANEL)
    }

    fn draw<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>) -> Drawn<DB> {
        let (legend, panels) = area.split_vertically(self.legend().height());
        self.legend().draw(&legend)?;
        // One panel takes the whole width.
        let n_columns = self.panels.len().clamp(1, 2);
        let places = panels.split_evenly((self.n_rows(), n_columns));
        self.panels
            .iter()
            .zip(&places)
            .try_for_each(|(panel, place)| panel.draw(place, self))
    }
}
