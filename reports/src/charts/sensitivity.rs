//! What an error in z costs: similarity of images by the angle between their latents, one line a generator.

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
use lab_score::quality::Sensitivity;

const HEIGHT: u32 = 620;
const HEADING: u32 = 60;
const LEGEND: u32 = 46;
/// Right end of the axis, in degrees.
const END: f64 = 97.0;
/// Left edge of words, and the gap between names.
const LEFT: i32 = 60;
const GAP: i32 = 40;

/// Axes of a panel.
type Axes<'a, DB> = ChartContext<'a, DB, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// The curves of one generator.
#[derive(Debug, Clone, PartialEq)]
pub struct SensitivityLine {
    /// Name of the generator, for the legend.
    pub name: String,
    /// Correlation of pixels by angle.
    pub pixels: Sensitivity,
    /// Correlation of features by angle.
    pub features: Sensitivity,
    /// The decoder's mean error in degrees, and the correlations measured there: pixels, features.
    pub decoder: Option<(f64, [f64; 2])>,
    /// Correlations for unrelated latents: pixels, features.
    pub unrelated: [Option<f64>; 2],
}

/// Two panels: pixels and features.
pub(super) struct SensitivityChart<'a> {
    lines: &'a [SensitivityLine],
}

/// The chart and its words; `None` without generators.
pub(super) fn sensitivity(lines: &[SensitivityLine]) -> Option<(SensitivityChart<'_>, Words)> {
    let words = Words {
        name: "sensitivity",
        title: "What an error in z costs".into(),
        caption: "Mean correlation (no unit) of G(z) and G(z′) by the angle between z and z′, with bootstrap intervals \
                  over pairs; left pixels, right features of the judge. Points at the right edge are pairs of unrelated \
                  latents. Rings are decoders: their mean error in z, and how alike their images and the inverted test \
                  images are."
            .into(),
    };
    (!lines.is_empty()).then_some((SensitivityChart { lines }, words))
}

impl SensitivityChart<'_> {
    fn panel<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, Shift>,
        place: usize,
        words: &str,
    ) -> Drawn<DB> {
        heading(area, words, (150, HEADING as i32 / 2))?;
        let mut builder = ChartBuilder::on(area);
        builder
            .margin_top(HEADING)
            .margin_right(30)
            .margin_left(10)
            .x_label_area_size(80)
            .y_label_area_size(130);
        let mut chart = builder.build_cartesian_2d(0.0..END, self.lowest(place)..1.02)?;
        let (degrees, tick) = (
            |value: &f64| format!("{value:.0}°"),
            |value: &f64| format!("{value:.1}"),
        );
        let mut mesh = chart.configure_mesh();
        mesh.x_labels(7)
            .y_labels(6)
            .x_label_formatter(&degrees)
            .y_label_formatter(&tick);
        plain(&mut mesh);
        mesh.x_desc("angle between z and z′")
            .y_desc("correlation")
            .draw()?;
        self.lines
            .iter()
            .enumerate()
            .try_for_each(|(idx, line)| line.draw(&mut chart, place, color(idx)))
    }

    /// Where the axis begins.
    fn lowest(&self, place: usize) -> f64 {
        let lines = self.lines.iter();
        let values = lines.flat_map(|line| {
            let points = of(line, place).points.iter();
            let own = points.map(|point| point.interval.map_or(point.similarity, |low| low.0));
            let decoder = line.decoder.iter().map(move |(_, alike)| alike[place]);
            own.chain(line.unrelated[place]).chain(decoder)
        });
        let least = values.filter(|value| value.is_finite()).fold(0.0, f64::min);
        (least - 0.05).max(-1.0)
    }

    fn legend<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>) -> Drawn<DB> {
        let style = || letters(SMALL, INK, HPos::Left, VPos::Center);
        let (mut x, mut y) = (LEFT, LEGEND as i32 / 2);
        for (idx, line) in self.lines.iter().enumerate() {
            let (width, _) = area.estimate_text_size(&line.name, &style())?;
            let wide = 46 + width as i32 + GAP;
            if x > LEFT && x + wide > WIDTH as i32 {
                (x, y) = (LEFT, y + LEGEND as i32);
            }
            let mark = Rectangle::new([(x, y - 3), (x + 36, y + 3)], color(idx).filled());
            area.draw(&mark)?;
            area.draw(&Text::new(line.name.clone(), (x + 46, y), style()))?;
            x += wide;
        }
        Ok(())
    }

    /// Lines of names, three a line at least.
    fn legend_height(&self) -> u32 {
        self.lines.len().div_ceil(3) as u32 * LEGEND
    }
}

impl SensitivityLine {
    /// The curve with its intervals, the unrelated pairs at the right edge, and the decoder's ring.
    fn draw<DB: DrawingBackend>(
        &self,
        chart: &mut Axes<'_, DB>,
        place: usize,
        color: RGBColor,
    ) -> Drawn<DB> {
        let points = of(self, place).points.iter();
        let places = points.clone().map(|point| (point.angle, point.similarity));
        chart.draw_series(LineSeries::new(places, color.stroke_width(3)))?;
        let bars = points.filter_map(|point| {
            let (low, high) = point.interval?;
            let ends = [(point.angle, low), (point.angle, high)];
            Some(PathElement::new(ends, color.stroke_width(2)))
        });
        chart.draw_series(bars)?;
        let unrelated = self.unrelated[place].iter();
        chart.draw_series(
            unrelated.map(|&value| Circle::new((END - 1.5, value), 6, color.filled())),
        )?;
        let rings = self.decoder.iter().map(|(angle, alike)| {
            let at = (angle.min(END - 1.5), alike[place]);
            Circle::new(at, 12, color.stroke_width(4))
        });
        chart.draw_series(rings)?;
        Ok(())
    }
}

fn of(line: &SensitivityLine, place: usize) -> &Sensitivity {
    if place == 0 {
        &line.pixels
    } else {
        &line.features
    }
}

fn color(idx: usize) -> RGBColor {
    CYCLE[idx % CYCLE.len()]
}

impl Chart for SensitivityChart<'_> {
    fn size(&self) -> (u32, u32) {
        (WIDTH, HEIGHT + self.legend_height())
    }

    fn draw<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>) -> Drawn<DB> {
        let (legend, panels) = area.split_vertically(self.legend_height());
        self.legend(&legend)?;
        let (left, right) = panels.split_horizontally(WIDTH / 2);
        self.panel(&left, 0, "pixels")?;
        self.panel(&right, 1, "features")
    }
}
