//! Figures of a sweep by the values of one setting, a panel a figure, a line for each combination of all others.

use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::types::RangedCoordf64;
use plotters::drawing::DrawingArea;
use plotters::element::{Circle, PathElement, Rectangle, Text};
use plotters::prelude::DrawingBackend;
use plotters::series::LineSeries;
use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{Color, RGBColor};

use super::canvas::{Chart, Drawn, Words};
use super::panel::{heading, plain};
use super::style::{CYCLE, INK, SMALL, WIDTH, letters};

const PANEL: u32 = 560;
const HEADING: u32 = 60;
const LEGEND: u32 = 46;
/// Left edge of words, and the gap between names.
const LEFT: i32 = 60;
const GAP: i32 = 40;
/// Lines that have colours of their own; of more, all are blue.
const N_LINES: usize = CYCLE.len();
/// Longest word under a tick, in letters.
const N_LETTERS: usize = 14;

/// Axes of a panel.
type Axes<'a, DB> = ChartContext<'a, DB, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// What the chart of a sweep shows.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepChart {
    /// The setting along the horizontal axis.
    pub setting: String,
    /// Its values, in the order in which they were asked for.
    pub ticks: Vec<String>,
    /// Names of the lines; one empty name for one line.
    pub lines: Vec<String>,
    /// The panels, at most four.
    pub panels: Vec<SweepPanel>,
    /// What a reader needs to understand it.
    pub caption: String,
}

/// A panel of the chart: one figure of the runs against the swept values.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepPanel {
    /// Name of the figure.
    pub figure: String,
    /// A point for each run: its line, its tick, its value.
    pub points: Vec<(usize, usize, f64)>,
}

/// The chart and its words; `None` if it would show nothing.
pub(super) fn words(chart: &SweepChart) -> Option<Words> {
    let shows = chart.panels.iter().any(|panel| !panel.points.is_empty());
    (shows && !chart.ticks.is_empty()).then(|| Words {
        name: "sweep",
        title: format!("Figures by {}", chart.setting),
        caption: chart.caption.clone(),
    })
}

impl SweepChart {
    fn has_legend(&self) -> bool {
        self.lines.len() > 1 && self.lines.len() <= N_LINES
    }

    fn legend_height(&self) -> u32 {
        if self.has_legend() {
            self.lines.len().div_ceil(2) as u32 * LEGEND
        } else {
            0
        }
    }

    fn color(&self, line: usize) -> RGBColor {
        CYCLE[if self.lines.len() > N_LINES {
            0
        } else {
            line % N_LINES
        }]
    }

    fn legend<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>) -> Drawn<DB> {
        let style = || letters(SMALL, INK, HPos::Left, VPos::Center);
        let (mut x, mut y) = (LEFT, LEGEND as i32 / 2);
        for (line, name) in self.lines.iter().enumerate() {
            let (width, _) = area.estimate_text_size(name, &style())?;
            let wide = 46 + width as i32 + GAP;
            if x > LEFT && x + wide > WIDTH as i32 {
                (x, y) = (LEFT, y + LEGEND as i32);
            }
            area.draw(&Rectangle::new(
                [(x, y - 3), (x + 36, y + 3)],
                self.color(line).filled(),
            ))?;
            area.draw(&Text::new(name.clone(), (x + 46, y), style()))?;
            x += wide;
        }
        Ok(())
    }

    fn panel<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, Shift>,
        panel: &SweepPanel,
    ) -> Drawn<DB> {
        let words = letters_of(&panel.figure, 40);
        heading(area, words, (150, HEADING as i32 / 2))?;
        let mut builder = ChartBuilder::on(area);
        builder
            .margin_top(HEADING)
            .margin_right(30)
            .margin_left(10)
            .x_label_area_size(96)
            .y_label_area_size(130);
        let (low, high) = panel.range();
        let end = self.ticks.len() as f64 - 0.5;
        let mut chart = builder.build_cartesian_2d(-0.5..end, low..high)?;
        let digits = if high - low < 0.05 { 3 } else { 2 };
        let tick = |value: &f64| format!("{value:.digits$}");
        let mut mesh = chart.configure_mesh();
        mesh.disable_x_mesh()
            .x_labels(0)
            .y_labels(6)
            .y_label_formatter(&tick);
        plain(&mut mesh);
        mesh.x_desc(self.setting.clone()).draw()?;
        self.ticks(area, &chart, low)?;
        (0..self.lines.len()).try_for_each(|line| self.line(&mut chart, panel, line))
    }

    /// Values stand under their places, whatever they are: a number, a word, a plugin. Of many, every second or third.
    fn ticks<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, Shift>,
        chart: &Axes<'_, DB>,
        low: f64,
    ) -> Drawn<DB> {
        let longest = self
            .ticks
            .iter()
            .map(|tick| tick.chars().count().min(N_LETTERS))
            .max()
            .unwrap_or(1);
        let room = (44 / (longest + 2)).max(1);
        for (place, tick) in self
            .ticks
            .iter()
            .enumerate()
            .step_by(self.ticks.len().div_ceil(room))
        {
            let (x, y) = chart.backend_coord(&(place as f64, low));
            let (left, top) = area.get_base_pixel();
            let at = (x - left, y - top + 12);
            area.draw(&Text::new(
                letters_of(tick, N_LETTERS),
                at,
                letters(SMALL, INK, HPos::Center, VPos::Top),
            ))?;
        }
        Ok(())
    }

    /// A dot a run, and a line through the mean of those at the same place.
    fn line<DB: DrawingBackend>(
        &self,
        chart: &mut Axes<'_, DB>,
        panel: &SweepPanel,
        line: usize,
    ) -> Drawn<DB> {
        let color = self.color(line);
        let of_line: Vec<(usize, f64)> = panel
            .points
            .iter()
            .filter(|point| point.0 == line)
            .map(|point| (point.1, point.2))
            .collect();
        let mean = |place: usize| {
            let values: Vec<f64> = of_line
                .iter()
                .filter(|point| point.0 == place)
                .map(|point| point.1)
                .collect();
            (!values.is_empty()).then(|| {
                (
                    place as f64,
                    values.iter().sum::<f64>() / values.len() as f64,
                )
            })
        };
        let means: Vec<(f64, f64)> = (0..self.ticks.len()).filter_map(mean).collect();
        chart.draw_series(LineSeries::new(
            means.iter().copied(),
            color.stroke_width(3),
        ))?;
        let has_several = of_line.len() > means.len();
        let dots = of_line.iter().map(|&(place, value)| {
            Circle::new(
                (place as f64, value),
                if has_several { 6 } else { 9 },
                color.mix(0.75).filled(),
            )
        });
        chart.draw_series(dots)?;
        if has_several {
            let bars = means.iter().map(|&(x, y)| {
                PathElement::new([(x - 0.12, y), (x + 0.12, y)], color.stroke_width(5))
            });
            chart.draw_series(bars)?;
        }
        Ok(())
    }
}

impl SweepPanel {
    /// From a little below the lowest value to a little above the highest.
    fn range(&self) -> (f64, f64) {
        let values = || self.points.iter().map(|point| point.2);
        let (low, high) = (
            values().fold(f64::INFINITY, f64::min),
            values().fold(f64::NEG_INFINITY, f64::max),
        );
        if low > high {
            return (0.0, 1.0);
        }
        let margin = ((high - low) * 0.1).max(0.01);
        (low - margin, high + margin)
    }
}

/// At most so many letters.
fn letters_of(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let first: String = text.chars().take(most - 1).collect();
    first + "…"
}

impl Chart for SweepChart {
    fn size(&self) -> (u32, u32) {
        let n_rows = self.panels.len().div_ceil(2).max(1) as u32;
        (WIDTH, n_rows * PANEL + self.legend_height())
    }

    fn draw<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>) -> Drawn<DB> {
        let (legend, panels) = area.split_vertically(self.legend_height());
        if self.has_legend() {
            self.legend(&legend)?;
        }
        let n_columns = self.panels.len().clamp(1, 2);
        let areas = panels.split_evenly((self.panels.len().div_ceil(2).max(1), n_columns));
        areas
            .iter()
            .zip(&self.panels)
            .try_for_each(|(area, panel)| self.panel(area, panel))
    }
}

#[cfg(test)]
mod tests {
    use super::{SweepChart, SweepPanel, words};
    use crate::charts::write_sweep;

    fn chart(n_ticks: usize, points: Vec<(usize, usize, f64)>) -> SweepChart {
        SweepChart {
            setting: "decoder.l2".into(),
            ticks: (0..n_ticks).map(|tick| format!("0.{tick}")).collect(),
            lines: vec!["per_pass=1".into(), "per_pass=2".into()],
            panels: vec![SweepPanel {
                figure: "observer.pixel.overall".into(),
                points,
            }],
            caption: String::new(),
        }
    }

    #[test]
    fn a_chart_of_nothing_is_none() {
        assert!(words(&chart(3, Vec::new())).is_none());
        assert!(words(&chart(0, vec![(0, 0, 1.0)])).is_none());
    }

    #[test]
    fn the_axis_holds_every_value_and_the_same_chart_gives_the_same_bytes() {
        let chart = chart(40, vec![(0, 0, 0.5), (1, 39, 0.9)]);
        let (low, high) = chart.panels[0].range();
        assert!(low < 0.5 && high > 0.9);
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let [one, two] = folders.each_ref().map(|folder| {
            let figure = write_sweep(&chart, folder.path()).unwrap().unwrap();
            [
                std::fs::read(figure.svg).unwrap(),
                std::fs::read(figure.png).unwrap(),
            ]
        });
        assert!(one == two);
    }
}
