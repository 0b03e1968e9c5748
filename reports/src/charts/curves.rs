//! Losses by stage, one panel each.

use plotters::chart::ChartBuilder;
use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::element::{Rectangle, Text};
use plotters::prelude::DrawingBackend;
use plotters::series::LineSeries;
use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{Color, RGBColor};

use super::canvas::{Chart, Drawn, Words};
use super::legend::lines;
use super::panel::{heading, plain};
use super::style::{CYCLE, INK, SMALL, WIDTH, letters};
use lab_score::record::{Curve, Record};

const PANEL: (u32, u32) = (WIDTH / 2, 480);
const HEADING: u32 = 60;
/// Height of a line of names under the heading, the mark before a name, and the gap behind it.
const LEGEND: u32 = 40;
const MARK: i32 = 46;
const GAP: i32 = 40;
/// Words along an axis of shares.
const ACCURACY: &str = "share of right answers";
/// Where the axes begin.
const LEFT: i32 = 150;

/// Panels in two columns.
pub(super) struct Curves {
    panels: Vec<Panel>,
}

/// The curves of one kind of stage.
struct Panel {
    stage: String,
    x_label: String,
    /// Words along the values.
    y_label: &'static str,
    /// Names in order of appearance; the place gives the colour.
    names: Vec<String>,
    curves: Vec<Curve>,
}

/// Losses by stage; members of the ensemble share a panel.
pub(super) fn curves(record: &Record) -> Option<(Curves, Words)> {
    let mut panels: Vec<Panel> = Vec::new();
    for (stage, curve) in &record.curves {
        let finite = curve
            .points
            .iter()
            .copied()
            .filter(|(x, value)| x.is_finite() && value.is_finite());
        let curve = Curve {
            points: finite.collect(),
            ..curve.clone()
        };
        if curve.points.len() < 2 {
            continue;
        }
        let stage = stage.split(" member ").next().unwrap_or(stage);
        let known = panels.iter().position(|panel| panel.holds(stage, &curve));
        let place = known.unwrap_or_else(|| {
            let (names, curves) = (Vec::new(), Vec::new());
            panels.push(Panel {
                stage: stage.into(),
                x_label: curve.x_label.clone(),
                y_label: y_label(&curve.name),
                names,
                curves,
            });
            panels.len() - 1
        });
        panels[place].add(curve);
    }
    let caption = "Losses (no unit) and, on axes of their own, shares, by stage. Members of the ensemble share \
                   a panel and a colour, one line a member.";
    let words = Words {
        name: "curves",
        title: "Learning curves".into(),
        caption: caption.into(),
    };
    (!panels.is_empty()).then_some((Curves { panels }, words))
}

/// What the values of a curve are: a share has an axis of its own, as it is better the higher it lies.
fn y_label(name: &str) -> &'static str {
    if name.contains("accuracy") || name.contains("right answers") {
        ACCURACY
    } else if name.contains("penalty") {
        "penalty"
    } else {
        "loss"
    }
}

impl Panel {
    fn holds(&self, stage: &str, curve: &Curve) -> bool {
        self.stage == stage && self.x_label == curve.x_label && self.y_label == y_label(&curve.name)
    }

    fn add(&mut self, curve: Curve) {
        if !self.names.contains(&curve.name) {
            self.names.push(curve.name.clone());
        }
        self.curves.push(curve);
    }

    fn bounds(&self) -> ((f64, f64), (f64, f64)) {
        let points = || self.curves.iter().flat_map(|curve| &curve.points);
        let range = |of: fn(&(f64, f64)) -> f64| {
            points()
                .map(of)
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), at| {
                    (low.min(at), high.max(at))
                })
        };
        let ((left, right), (low, high)) = (range(|point| point.0), range(|point| point.1));
        let margin = (0.06 * (high - low)).max(1e-6 + 1e-3 * high.abs());
        if self.y_label == ACCURACY {
            // Shares near 1 are told apart where the axis ends there and begins a little below the lowest.
            return (
                (left, right.max(left + 1e-6)),
                ((low - margin).max(0.0), (high + margin).min(1.0 + margin)),
            );
        }
        // A loss that never falls below zero is shown from zero on.
        let floor = if low >= 0.0 { 0.0 } else { low - margin };
        ((left, right.max(left + 1e-6)), (floor, high + margin))
    }

    fn draw<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>) -> Drawn<DB> {
        let n_members = self.curves.len() / self.names.len().max(1);
        let plural = if n_members > 1 {
            format!(" ({n_members} members)")
        } else {
            String::new()
        };
        let words = format!("{}{plural}", self.stage);
        heading(area, words, (LEFT, HEADING as i32 / 2))?;
        let legend = self.legend(area)?;
        let ((left, right), (low, high)) = self.bounds();
        let mut builder = ChartBuilder::on(area);
        builder
            .margin_top(HEADING + legend)
            .margin_right(40)
            .margin_left(10)
            .x_label_area_size(80)
            .y_label_area_size(140);
        let mut chart = builder.build_cartesian_2d(left..right, low..high)?;
        let digits = if high - low < 0.2 {
            3
        } else {
            usize::from(high - low < 20.0) * 2
        };
        let tick = |value: &f64| format!("{value:.digits$}");
        let whole = |value: &f64| format!("{value:.0}");
        let mut mesh = chart.configure_mesh();
        mesh.x_labels(6)
            .y_labels(5)
            .x_label_formatter(&whole)
            .y_label_formatter(&tick);
        plain(&mut mesh);
        mesh.x_desc(self.x_label.clone())
            .y_desc(self.y_label)
            .draw()?;
        for curve in &self.curves {
            let style = self
                .color(&curve.name)
                .stroke_width(if n_members > 1 { 2 } else { 3 });
            chart.draw_series(LineSeries::new(curve.points.iter().copied(), style))?;
        }
        Ok(())
    }

    /// Whether colours need names.
    fn has_legend(&self) -> bool {
        self.names.len() > 1
            || self
                .names
                .first()
                .is_some_and(|name| name != "loss" && name != "accuracy")
    }

    /// The names side by side, over the axes, where no curve can pass below them; in as many lines as the panel's width asks for.
    /// Returns their height.
    fn legend<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>) -> Drawn<DB, u32> {
        if !self.has_legend() {
            return Ok(0);
        }
        let style = || letters(SMALL, INK, HPos::Left, VPos::Center);
        let mut widths = Vec::new();
        for name in &self.names {
            let (width, _) = area.estimate_text_size(name, &style())?;
            widths.push(MARK + width as i32 + GAP);
        }
        // Behind the last name of a line there is no gap.
        let right = area.dim_in_pixel().0 as i32 + GAP;
        let places = lines(widths, LEFT, right);
        for (name, &(line, x)) in self.names.iter().zip(&places) {
            let y = (HEADING + LEGEND * line + LEGEND / 2) as i32 - 6;
            let mark = Rectangle::new([(x, y - 3), (x + 36, y + 3)], self.color(name).filled());
            area.draw(&mark)?;
            area.draw(&Text::new(name.clone(), (x + MARK, y), style()))?;
        }
        Ok(places.last().map_or(0, |(line, _)| LEGEND * (line + 1)))
    }

    fn color(&self, name: &str) -> RGBColor {
        let place = self.names.iter().position(|known| known == name);
        CYCLE[place.unwrap_or(0) % CYCLE.len()]
    }
}

impl Chart for Curves {
    fn size(&self) -> (u32, u32) {
        (WIDTH, self.panels.len().div_ceil(2) as u32 * PANEL.1)
    }

    fn draw<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>) -> Drawn<DB> {
        let places = area.split_evenly((self.panels.len().div_ceil(2), 2));
        self.panels
            .iter()
            .zip(&places)
            .try_for_each(|(panel, place)| panel.draw(place))
    }
}
