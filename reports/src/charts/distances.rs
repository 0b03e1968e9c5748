//! Scores of single test images against their distance from the training images: a point an image.

use plotters::chart::ChartBuilder;
use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::element::Circle;
use plotters::prelude::DrawingBackend;
use plotters::style::Color;

use super::canvas::{Chart, Drawn, Words};
use super::panel::{heading, plain};
use super::style::{BLUE, WIDTH};
use lab_score::record::{DistanceRow, DistantScore, Record};

const HEIGHT: u32 = 560;
const HEADING: u32 = 60;
/// Room beside the outermost points, as a share of their spread, and the least spread of an axis.
const ROOM: f64 = 0.06;
const LEAST: f64 = 0.05;
const RADIUS: i32 = 8;

/// A score and its points: (distance, score).
struct Panel {
    score: DistantScore,
    points: Vec<(f64, f64)>,
    rho: Option<f64>,
}

/// A panel a score.
pub(super) struct Distances {
    panels: Vec<Panel>,
}

/// The chart and its words; `None` without distances.
pub(super) fn distances(record: &Record) -> Option<(Distances, Words)> {
    let of = |row: &DistanceRow, score: DistantScore| match score {
        DistantScore::Identification => row.identification,
        DistantScore::Similarity => Some(row.similarity),
    };
    let trends = record.distance_trends.iter();
    let panels: Vec<Panel> = trends
        .map(|trend| Panel {
            score: trend.score,
            rho: trend.rho,
            points: record
                .distances
                .iter()
                .filter_map(|row| Some((row.distance, of(row, trend.score)?)))
                .filter(|point| point.0.is_finite() && point.1.is_finite())
                .collect(),
        })
        .filter(|panel| !panel.points.is_empty())
        .collect();
    let n_images = panels.first()?.points.len();
    let words = Words {
        name: "distances",
        title: "Scores against the distance from the training images".into(),
        caption: format!(
            "A point is one of {n_images} test images. Distance: 1 − correlation with the training image that is most like it, of \
             pictures averaged to 32 × 32 pixels; 0 is the same picture up to brightness and contrast. ρ: Spearman’s correlation."
        ),
    };
    Some((Distances { panels }, words))
}

impl Chart for Distances {
    fn size(&self) -> (u32, u32) {
        (WIDTH, HEIGHT)
    }

    fn draw<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>) -> Drawn<DB> {
        let areas = area.split_evenly((1, self.panels.len()));
        let mut all = self.panels.iter().zip(&areas);
        all.try_for_each(|(panel, area)| panel.draw(area))
    }
}

impl Panel {
    fn draw<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>) -> Drawn<DB> {
        let rho = self.rho.map_or(String::new(), |rho| {
            format!(", ρ = {}", format!("{rho:.2}").replace('-', "−"))
        });
        heading(
            area,
            format!("{}{rho}", self.score.label()),
            (150, HEADING as i32 / 2),
        )?;
        let mut builder = ChartBuilder::on(area);
        builder
            .margin_top(HEADING)
            .margin_right(30)
            .margin_left(10)
            .x_label_area_size(80)
            .y_label_area_size(110);
        let (low, high) = self.range(|point| point.0);
        let (bottom, top) = self.range(|point| point.1);
        let mut chart = builder.build_cartesian_2d(low.max(-0.01)..high, bottom..top)?;
        let tick = |value: &f64| format!("{value:.2}").replace('-', "−");
        let mut mesh = chart.configure_mesh();
        mesh.x_labels(6)
            .y_labels(6)
            .x_label_formatter(&tick)
            .y_label_formatter(&tick);
        plain(&mut mesh);
        mesh.x_desc("distance from the nearest training image")
            .draw()?;
        let points = self.points.iter();
        let point = |&at: &(f64, f64)| Circle::new(at, RADIUS, BLUE.mix(0.6).filled());
        chart.draw_series(points.map(point))?;
        Ok(())
    }

    /// Where an axis begins and ends.
    fn range(&self, of: fn(&(f64, f64)) -> f64) -> (f64, f64) {
        let values = || self.points.iter().map(of);
        let (low, high) = (
            values().fold(f64::INFINITY, f64::min),
            values().fold(f64::NEG_INFINITY, f64::max),
        );
        let room = ROOM * (high - low).max(LEAST);
        (low - room, high + room)
    }
}

#[cfg(test)]
mod tests {
    use super::distances;
    use crate::example::example;

    #[test]
    fn scores_that_were_not_asked_for_have_no_panel() {
        let (mut record, _) = example();
        let (chart, words) = distances(&record).unwrap();
        assert_eq!(chart.panels.len(), 2);
        assert!(
            words.caption.contains("one of 36 test images"),
            "{}",
            words.caption
        );
        record.distance_trends.truncate(1);
        assert_eq!(distances(&record).unwrap().0.panels.len(), 1);
        record.distances.clear();
        assert!(distances(&record).is_none());
    }
}
